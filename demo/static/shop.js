// What the shop's pages do by themselves: push a click to dataLayer, and change the picture in a gallery.
(() => {
  const push = (element) => {
    dataLayer.push({ ecommerce: null });
    dataLayer.push(JSON.parse(element.dataset.push));
  };
  addEventListener('click', (event) => {
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
