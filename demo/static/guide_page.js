// Each walk is a new visit: the guide forgets what the tag kept in this tab, as a new visitor's browser would have it.
for (const store of [sessionStorage, localStorage]) {
  for (const key of Object.keys(store)) if (key.startsWith('_fc') || key === 'walk-guide') store.removeItem(key);
}
