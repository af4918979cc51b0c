/* The demo shop: who the visitor is, what they agreed to, and their cart, all in this tab. */
(() => {
  'use strict';
  const $ = (id) => document.getElementById(id);
  const get = (key) => sessionStorage.getItem('demo.' + key);
  const set = (key, value) => sessionStorage.setItem('demo.' + key, value);
  const widget = $('widget');

  /* before the widget begins: it comes after this script */
  const carousels = document.querySelectorAll('[data-reckon]');
  const name = (user) => {
    if (user) widget.dataset.user = user;
    else delete widget.dataset.user;
  };
  name(get('visitor'));
  widget.dataset.consent = get('consent') || 'unknown';

  /* The visitor. */
  const visitor = $('visitor');
  visitor.value = get('visitor') || '';
  visitor.addEventListener('change', () => {
    set('visitor', visitor.value);
    name(visitor.value);
    if (window.reckon) window.reckon.refresh();
  });

  /* Consent. */
  const banner = $('consent');
  banner.hidden = !!get('consent');
  const answer = (yes) => {
    set('consent', yes ? 'granted' : 'denied');
    banner.hidden = true;
    if (window.reckon) window.reckon.consent(yes);
    look();
  };
  $('yes').addEventListener('click', () => answer(true));
  $('no').addEventListener('click', () => answer(false));
  $('again').addEventListener('click', () => {
    banner.hidden = false;
    $('no').focus();
  });

  /* The item of the page has been looked at. */
  const add = $('add');
  const look = () => {
    if (add && window.reckon) window.reckon.view(add.dataset.id);
  };
  document.addEventListener('reckon:ready', look);

  /* The cart: needed for what the visitor asks for, so it is kept without being asked. */
  const cart = () => JSON.parse(get('cart') || '[]');
  const money = (n) => n.toFixed(2);
  const make = (tag, text, more) => Object.assign(document.createElement(tag), { textContent: text }, more);
  const row = (line) => {
    const li = make('li', ''), link = make('a', line.name, { href: '/demo/items/' + encodeURIComponent(line.id) });
    const gone = make('button', 'Remove', { type: 'button' });
    gone.setAttribute('aria-label', 'Remove ' + line.name);
    gone.addEventListener('click', () => put(cart().filter((l) => l.id !== line.id)));
    li.append(make('img', '', { src: '/demo/pictures/' + encodeURIComponent(line.id), alt: '', width: 64, height: 64 }),
      link, make('span', line.count + ' \u00d7 ' + money(line.price)), gone);
    return li;
  };
  const show = () => {
    const lines = cart(), ids = lines.map((l) => l.id);
    $('count').textContent = lines.reduce((n, l) => n + l.count, 0);
    carousels.forEach((c) => c.dataset.reckon === 'cart' && (c.dataset.cart = JSON.stringify(ids)));
    if (!$('rows')) return;
    $('rows').replaceChildren(...lines.map(row));
    $('empty').hidden = lines.length > 0;
    $('sum').textContent = lines.length ? 'Together ' + money(lines.reduce((s, l) => s + l.count * l.price, 0)) : '';
  };
  const put = (lines) => {
    set('cart', JSON.stringify(lines));
    show();
  };
  if (add) {
    add.addEventListener('click', () => {
      const lines = cart(), known = lines.find((l) => l.id === add.dataset.id);
      if (known) known.count += 1;
      else lines.push({ id: add.dataset.id, name: add.dataset.name, price: Number(add.dataset.price), count: 1 });
      put(lines);
      add.textContent = 'In the cart';
    });
  }
  show();
})();
