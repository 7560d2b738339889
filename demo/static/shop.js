// What the shop's pages do by themselves: push a click to dataLayer, change the picture in a gallery, open the help.
(() => {
  const push = (element) => {
    dataLayer.push({ ecommerce: null });
    dataLayer.push(JSON.parse(element.dataset.push));
  };
  const help = document.getElementById('help');
  // Beside the page and not over it: the shopper goes on reading.
  const openHelp = () => help.open || help.show();
  // What is said before the tracker is here waits for it.
  window.fifthclick ??= Object.assign((...call) => window.fifthclick.q.push(call), { q: [] });
  window.fifthclick('on', 'action', (action) => {
    if (action.type === 'assistance') openHelp();
  });
  addEventListener('click', (event) => {
    if (event.target.closest('[data-open-help]')) openHelp();
    const link = event.target.closest('a[data-push]');
    if (link) push(link);
    const thumb = event.target.closest('[data-view]');
    if (!thumb) return;
    document.querySelector('.big img').src = thumb.dataset.view;
    for (const other of thumb.parentElement.children) other.setAttribute('aria-pressed', String(other === thumb));
  });
  addEventListener('submit', (event) => {
    if (event.target.matches('form[data-push]')) push(event.target);
  });
})();
