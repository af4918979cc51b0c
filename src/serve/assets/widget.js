/* reckon's carousel: recommendations in a shop's page.  See docs/widget.md.
 *
 *   <script src="https://reckon.example/widget.js" data-key="reckon_…" async></script>
 *   <div data-reckon="home" data-title="For you" data-url="/product/{item}"></div>
 *
 * Rules: whatever comes from the service is text (no innerHTML); without the visitor's consent nothing is stored,
 * nothing reported and nobody named; when the service is away the page is as it was. */
(() => {
  'use strict';
  if (window.reckon && window.reckon.scan) return;

  const script = document.currentScript;
  const home = script && script.src ? new URL('.', script.src).href : location.origin + '/';
  const WAIT_MS = 5000, SEEN_MS = 1000, BATCH = 20, BATCH_MS = 2000, OUTBOX = 20, SESSION = 30;
  const SESSION_KEY = 'reckon.session', OUTBOX_KEY = 'reckon.outbox';

  const words = {
    en: ['Recommendations', 'Previous', 'Next', '{a} to {b} of {n}', 'carousel'],
    de: ['Empfehlungen', 'Zurück', 'Weiter', '{a} bis {b} von {n}', 'Karussell'],
    fr: ['Recommandations', 'Précédent', 'Suivant', '{a} à {b} sur {n}', 'carrousel'],
    es: ['Recomendaciones', 'Anterior', 'Siguiente', '{a} a {b} de {n}', 'carrusel'],
    it: ['Consigliati', 'Precedente', 'Successivo', '{a}–{b} di {n}', 'carosello'],
    nl: ['Aanbevelingen', 'Vorige', 'Volgende', '{a} tot {b} van {n}', 'carrousel'],
  };

  /* Consent: what the browser signals, then what the page said last, then the attribute; nothing said is a no. */

  let answer = null;
  const signalled = () => navigator.globalPrivacyControl === true || navigator.doNotTrack === '1';
  const given = (value) => value === 'true' || value === 'granted';
  const may = (host) => !signalled() && (answer !== null ? answer : given(option(host, 'consent')));

  /* An option: of the element, else of the script. */
  const arms = new WeakMap(); /* options that the arm of an experiment changes, by element */
  const option = (host, name, missing) => {
    const arm = host && arms.get(host);
    if (arm && typeof arm[name] === 'string') return arm[name];
    if (host && host.dataset[name] !== undefined) return host.dataset[name];
    return script && script.dataset[name] !== undefined ? script.dataset[name] : missing;
  };
  const list = (text) => {
    if (!text) return [];
    try {
      return text.trim()[0] === '[' ? JSON.parse(text).map(String) : text.split(',').map((s) => s.trim()).filter(Boolean);
    } catch (e) {
      return [];
    }
  };

  /* What is kept, for this tab and with consent. */

  const random = () => Array.from(crypto.getRandomValues(new Uint8Array(12)), (b) => (b % 36).toString(36)).join('');
  const read = (key, missing) => {
    try {
      return JSON.parse(sessionStorage.getItem(key)) || missing;
    } catch (e) {
      return missing;
    }
  };
  const write = (key, value) => {
    try {
      sessionStorage.setItem(key, JSON.stringify(value));
    } catch (e) { /* full, or forbidden: then not */ }
  };
  const forget = () => {
    queue.clear();
    unstored = null; /* who agrees again later is somebody new */
    try {
      sessionStorage.removeItem(SESSION_KEY);
      sessionStorage.removeItem(OUTBOX_KEY);
    } catch (e) { /* there is nothing then */ }
  };
  let unstored = null; /* the session, where the browser keeps nothing */
  const session = () => {
    let s = read(SESSION_KEY, unstored);
    if (!s || typeof s.id !== 'string' || !Array.isArray(s.items)) {
      s = unstored = { id: random(), items: [] };
      write(SESSION_KEY, s);
    }
    return s;
  };
  const remember = (item) => {
    const s = session();
    s.items = s.items.filter((i) => i !== item).concat(item).slice(-SESSION);
    write(SESSION_KEY, unstored = s);
  };

  /* Asking and telling. */

  const endpoint = (host) => option(host, 'endpoint', home).replace(/\/*$/, '/');
  const post = (url, key, body, more) => fetch(url, Object.assign({
    method: 'POST', body: JSON.stringify(body), credentials: 'omit', referrerPolicy: 'no-referrer',
    headers: Object.assign({ 'Content-Type': 'application/json' }, key && { Authorization: 'Bearer ' + key }, more.head),
  }, more.options));

  const queue = new Map(); /* endpoint and key -> events */
  let timer = 0;

  /* A batch stays in the outbox until the service has it; sent again, it counts once (its Idempotency-Key). */
  const send = (batch) => {
    const settle = () => {
      const kept = read(OUTBOX_KEY, null); /* none: forgotten meanwhile */
      if (kept) write(OUTBOX_KEY, kept.filter((b) => b.id !== batch.id));
    };
    post(batch.url + 'v1/events', batch.key, { events: batch.events },
      { head: { 'Idempotency-Key': batch.id }, options: { keepalive: true } })
      .then((r) => (r.ok || (r.status < 500 && r.status !== 429)) && settle(), () => {});
  };
  const flush = () => {
    clearTimeout(timer);
    timer = 0;
    for (const [where, events] of queue) {
      const [url, key] = JSON.parse(where), batch = { id: 'w-' + random() + random(), url, key, events };
      write(OUTBOX_KEY, read(OUTBOX_KEY, []).concat(batch).slice(-OUTBOX));
      send(batch);
    }
    queue.clear();
  };
  const report = (host, kind, item, more, now) => {
    if (!may(host)) return;
    const s = session(), where = JSON.stringify([endpoint(host), option(host, 'key', '')]);
    const events = queue.get(where) || [];
    events.push(Object.assign({ user: option(host, 'user') || 'anon-' + s.id, item, kind, session: s.id }, more));
    queue.set(where, events);
    if (now || events.length >= BATCH) flush();
    else if (!timer) timer = setTimeout(flush, BATCH_MS);
  };

  /* What a carousel asks for: the path and the body. */
  const question = (host) => {
    const personal = may(host), place = host.dataset.reckon || 'home', item = host.dataset.item;
    const user = personal ? option(host, 'user') : '', cart = personal ? list(option(host, 'cart')) : [];
    const body = {
      attributes: [option(host, 'priceAttribute', 'price'), option(host, 'imageAttribute', 'image')],
    };
    const scenario = option(host, 'scenario'), mode = option(host, 'mode');
    const n = parseInt(option(host, 'n', scenario ? '' : '12'), 10);
    if (n) body.n = Math.min(50, Math.max(1, n));
    if (place === 'similar' && item) return ['v1/similar', Object.assign(body, { item })];
    if (scenario) body.scenario = scenario;
    if (mode) body.mode = mode;
    body.reasons = false;
    if (place === 'popular') return ['v1/session', Object.assign(body, { items: [] })];
    const here = (item ? [item] : []), met = personal ? session().items.filter((i) => i !== item) : [];
    if (here.concat(cart).length) body.exclude = here.concat(cart);
    /* a product's page and a cart speak for themselves, whoever looks */
    const about = place === 'product' ? here : place === 'cart' ? cart : [];
    if (about.length) return ['v1/session', Object.assign(body, { items: about })];
    if (user) {
      const context = { page: place, session: met, cart };
      if (item) context.item = item;
      return ['v1/recommend', Object.assign(body, { user, context })];
    }
    return ['v1/session', Object.assign(body, { items: met.concat(cart, here) })];
  };

  /* Drawing. */

  const css = `
:host{display:block;margin-block:1.5rem;color:inherit;font:inherit;
 --tint:var(--reckon-card,color-mix(in srgb,currentColor 6%,transparent));
 --line:var(--reckon-border,color-mix(in srgb,currentColor 16%,transparent))}
:host([hidden]){display:none}
*{box-sizing:border-box}
.box{container-type:inline-size;font-family:var(--reckon-font,inherit);color:var(--reckon-text,inherit)}
.head{display:flex;align-items:center;gap:.5rem;min-height:2.75rem;margin-block-end:.5rem}
.head>:first-child{flex:1;margin:0;font-size:var(--reckon-heading-size,1.25rem);line-height:1.25;overflow-wrap:anywhere}
button{flex:none;inline-size:2.75rem;block-size:2.75rem;padding:0;border:1px solid var(--line);border-radius:50%;
 background:var(--tint);color:inherit;font:inherit;cursor:pointer}
button[aria-disabled=true]{opacity:.35;cursor:default}
button svg{inline-size:1.1rem;block-size:1.1rem;vertical-align:middle;fill:none;stroke:currentColor;stroke-width:2;
 stroke-linecap:round;stroke-linejoin:round}
.rtl button svg{transform:scaleX(-1)}
.rtl :is(.title,h1,h2,h3,h4,h5,h6){text-align:right}
ul{display:grid;grid-auto-flow:column;justify-content:start;
 grid-auto-columns:var(--reckon-card-width,clamp(8.5rem,21cqi,12.5rem));gap:var(--reckon-gap,.875rem);
 margin:0 -4px;padding:4px;list-style:none;overflow-x:auto;overscroll-behavior-x:contain;scroll-snap-type:x proximity;
 scroll-padding-inline:4px;scrollbar-width:thin;scrollbar-color:var(--line) transparent}
li{min-inline-size:0;scroll-snap-align:start}
a{display:block;block-size:100%;padding-block-end:.25rem;border-radius:var(--reckon-radius,.75rem);color:inherit;
 text-decoration:none}
a:hover .title{text-decoration:underline}
:is(a,button,ul):focus-visible{outline:3px solid var(--reckon-focus,currentColor);outline-offset:1px}
.picture{display:grid;place-items:center;aspect-ratio:var(--reckon-aspect,1);overflow:hidden;background:var(--tint);
 border:1px solid var(--line);border-radius:var(--reckon-radius,.75rem);font-size:2rem;font-weight:600;
 color:color-mix(in srgb,currentColor 45%,transparent)}
.picture>*{grid-area:1/1}
img{inline-size:100%;block-size:100%;object-fit:cover}
.title{display:-webkit-box;-webkit-box-orient:vertical;-webkit-line-clamp:2;overflow:hidden;margin-block-start:.5rem;
 min-block-size:2.6em;font-size:.9375rem;line-height:1.3;overflow-wrap:anywhere}
.price{display:block;min-block-size:1.4em;margin-block-start:.25rem;font-weight:600;line-height:1.4;
 color:var(--reckon-accent,inherit);font-variant-numeric:tabular-nums}
.live{position:absolute;inline-size:1px;block-size:1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap}
.wait .title,.wait .price{inline-size:80%;border-radius:.3rem;background:var(--tint);color:transparent}
.wait .price{inline-size:40%}
@media(prefers-reduced-motion:no-preference){ul{scroll-behavior:smooth}}
@media(forced-colors:active){button,.picture{border-color:CanvasText}}`;

  let sheet = null;
  const style = (root) => {
    try {
      sheet = sheet || new CSSStyleSheet();
      if (!sheet.cssRules.length) sheet.replaceSync(css);
      root.adoptedStyleSheets = [sheet];
    } catch (e) {
      const tag = document.createElement('style');
      if (script && script.nonce) tag.nonce = script.nonce;
      tag.textContent = css;
      root.append(tag);
    }
  };
  const make = (tag, attributes, ...children) => {
    const e = document.createElementNS(tag === 'svg' || tag === 'path' ? 'http://www.w3.org/2000/svg' : 'http://www.w3.org/1999/xhtml', tag);
    for (const name in attributes) if (attributes[name] !== undefined) e.setAttribute(name, attributes[name]);
    e.append(...children);
    return e;
  };
  const locale = (host) => {
    const near = host.closest('[lang]');
    return option(host, 'locale') || (near && near.lang) || navigator.language || 'en';
  };
  const label = (host, i) => option(host, ['labelHeading', 'labelPrevious', 'labelNext', 'labelItems', 'labelCarousel'][i]) ||
    (words[locale(host).slice(0, 2).toLowerCase()] || words.en)[i];
  const fill = (template, values) => template.replace(/\{(\w+)\}/g, (all, name) => name in values ? encodeURIComponent(values[name]) : all);
  /* Only addresses of the web: a title or an attribute must not become a script. */
  const address = (text) => {
    try {
      const u = new URL(text, document.baseURI);
      return u.protocol === 'https:' || u.protocol === 'http:' ? u.href : undefined;
    } catch (e) {
      return undefined;
    }
  };
  const money = (host, value) => {
    if (typeof value !== 'number') return typeof value === 'string' ? value : '';
    const currency = option(host, 'currency');
    try {
      return new Intl.NumberFormat(locale(host), currency ? { style: 'currency', currency }
        : { minimumFractionDigits: 2, maximumFractionDigits: 2 }).format(value);
    } catch (e) {
      return value.toFixed(2);
    }
  };

  const card = (host, item, slate, position) => {
    const values = { item: item.item, slate, position }, more = item.attributes || {};
    const name = item.title || item.item, template = option(host, 'image');
    const source = template ? fill(template, values) : more[option(host, 'imageAttribute', 'image')];
    const initials = (name.match(/[\p{L}\p{N}]+/gu) || []).slice(0, 2).map((w) => [...w][0].toUpperCase()).join('');
    const picture = make('span', { class: 'picture', part: 'picture', 'aria-hidden': 'true' }, make('span', {}, initials));
    const src = typeof source === 'string' && source ? address(source) : undefined;
    if (src) {
      const img = make('img', { alt: '', loading: 'lazy', decoding: 'async', part: 'image' });
      img.addEventListener('error', () => img.remove());
      img.addEventListener('load', () => img.previousSibling && img.previousSibling.remove());
      img.src = src;
      picture.append(img);
    }
    return make('li', {}, make('a', { href: address(fill(option(host, 'url', '?item={item}'), values)), part: 'card' }, picture,
      make('span', { class: 'title', part: 'title', dir: 'auto' }, name),
      make('span', { class: 'price', part: 'price' }, money(host, more[option(host, 'priceAttribute', 'price')]))));
  };
  const arrow = (text, d, to) => make('button', { type: 'button', part: 'button', 'aria-label': text, 'aria-controls': to },
    make('svg', { viewBox: '0 0 24 24', 'aria-hidden': 'true' }, make('path', { d })));

  /* One element of the page. */
  class Carousel {
    constructor(host) {
      this.host = host;
      this.root = host.shadowRoot || host.attachShadow({ mode: 'open' });
      this.asked = 0;
      this.timers = new Map();
      style(this.root);
      this.seen = new IntersectionObserver((entries) => entries.forEach((e) => this.see(e)), { threshold: 0.5 });
      this.near = new IntersectionObserver((entries) => {
        if (!entries.some((e) => e.isIntersecting)) return;
        this.near.disconnect();
        this.load();
      }, { rootMargin: '400px' });
      new MutationObserver((changes) => {
        if (this.asked && changes.some((c) => c.attributeName.startsWith('data-') &&
          c.oldValue !== host.getAttribute(c.attributeName))) this.load();
      }).observe(host, { attributes: true, attributeOldValue: true });
      this.wait();
      this.near.observe(host);
    }

    heading() {
      const level = Math.min(6, Math.max(1, parseInt(option(this.host, 'level'), 10) || 2));
      return make('h' + level, { id: 'h', part: 'heading', dir: 'auto' }, option(this.host, 'title') || label(this.host, 0));
    }

    put(box) {
      const old = this.root.querySelector('.box,slot');
      if (old) old.replaceWith(box);
      else this.root.append(box);
    }

    /* The place that the answer will take, so that nothing moves when it comes. */
    wait() {
      if (this.host.childNodes.length && this.host.textContent.trim()) return this.put(make('slot', {}));
      const cards = Array.from({ length: 6 }, () => make('li', {}, make('span', { class: 'picture' }),
        make('span', { class: 'title' }, '\u00a0'), make('span', { class: 'price' }, '\u00a0')));
      this.put(make('div', { class: 'box wait', 'aria-hidden': 'true' }, make('div', { class: 'head' }, this.heading()),
        make('ul', {}, ...cards)));
    }

    async load() {
      const mine = ++this.asked, host = this.host, [path, body] = question(host);
      const stop = new AbortController(), late = setTimeout(() => stop.abort(), WAIT_MS);
      try {
        this.near.disconnect();
        const r = await post(endpoint(host) + path, option(host, 'key'), body, { options: { signal: stop.signal } });
        const answered = r.ok ? await r.json() : {};
        if (mine !== this.asked) return;
        arms.set(host, answered.experiment && answered.experiment.options);
        if (Array.isArray(answered.items) && answered.items.length) this.draw(answered);
        else this.fail();
      } catch (e) {
        if (mine === this.asked) this.fail();
      } finally {
        clearTimeout(late);
      }
      if (mine === this.asked && may(host) && host.dataset.item) remember(host.dataset.item);
    }

    /* What the page had in the element, or nothing. */
    fail() {
      this.put(make('slot', {}));
      this.host.dispatchEvent(new CustomEvent('reckon:empty', { bubbles: true }));
    }

    draw(answered) {
      const host = this.host, n = answered.items.length;
      this.slate = answered.slate;
      this.items = answered.items.map((i) => i.item);
      this.reported = new Set();
      this.track = make('ul', { id: 't', role: 'list', part: 'list' },
        ...answered.items.map((item, i) => card(host, item, answered.slate, i)));
      this.live = make('div', { class: 'live', 'aria-live': 'polite' });
      this.back = arrow(label(host, 1), 'M15 5l-7 7 7 7', 't');
      this.forth = arrow(label(host, 2), 'M9 5l7 7-7 7', 't');
      this.rtl = getComputedStyle(host).direction === 'rtl';
      const box = make('div', { class: this.rtl ? 'box rtl' : 'box', part: 'box', role: 'region', 'aria-labelledby': 'h',
        'aria-roledescription': label(host, 4) },
      make('div', { class: 'head' }, this.heading(), this.back, this.forth), this.track, this.live);
      this.listen();
      this.stopTimers();
      this.seen.disconnect();
      this.put(box);
      [...this.track.children].forEach((li, i) => {
        li.index = i;
        this.seen.observe(li);
      });
      this.ends();
      host.dispatchEvent(new CustomEvent('reckon:drawn', { bubbles: true, detail: { slate: this.slate, n } }));
    }

    listen() {
      this.back.addEventListener('click', () => this.turn(-1));
      this.forth.addEventListener('click', () => this.turn(1));
      this.track.addEventListener('scroll', () => this.ends(), { passive: true });
      this.track.addEventListener('keydown', (e) => this.key(e));
      for (const kind of ['click', 'auxclick']) this.track.addEventListener(kind, (e) => this.click(e));
      if (this.resize) this.resize.disconnect();
      this.resize = new ResizeObserver(() => this.ends());
      this.resize.observe(this.track);
    }

    ends() {
      const t = this.track, at = Math.abs(t.scrollLeft), most = t.scrollWidth - t.clientWidth;
      this.back.setAttribute('aria-disabled', at <= 2);
      this.forth.setAttribute('aria-disabled', at >= most - 2);
      this.back.hidden = this.forth.hidden = most <= 2;
    }

    /* A page on or back; whoever cannot see it is told what is there now. */
    turn(by) {
      const t = this.track, first = t.children[0], second = t.children[1];
      const step = second ? Math.abs(second.offsetLeft - first.offsetLeft) : t.clientWidth;
      const shown = Math.max(1, Math.floor(t.clientWidth / step)), n = t.children.length;
      const from = Math.max(0, Math.min(n - shown, Math.round(Math.abs(t.scrollLeft) / step) + by * shown));
      t.scrollTo({ left: from * step * (this.rtl ? -1 : 1) });
      this.live.textContent = label(this.host, 3).replace('{a}', from + 1).replace('{b}', Math.min(n, from + shown)).replace('{n}', n);
    }

    key(e) {
      const links = [...this.track.querySelectorAll('a')], at = links.indexOf(this.root.activeElement);
      const ahead = this.rtl ? -1 : 1;
      const to = { ArrowRight: at + ahead, ArrowLeft: at - ahead, Home: 0, End: links.length - 1 }[e.key];
      if (at < 0 || to === undefined || !links[to] || e.altKey || e.ctrlKey || e.metaKey) return;
      e.preventDefault();
      links[to].focus();
      links[to].scrollIntoView({ block: 'nearest', inline: 'nearest' });
    }

    click(e) {
      const li = e.target.closest && e.target.closest('li');
      if (!li || e.button > 1) return;
      if (may(this.host)) remember(this.items[li.index]);
      report(this.host, 'click', this.items[li.index], { slate: this.slate, position: li.index }, true);
    }

    /* Seen: half of it in view for a second, in a page that is in view. */
    see(entry) {
      const li = entry.target;
      clearTimeout(this.timers.get(li));
      this.timers.delete(li);
      if (!entry.isIntersecting || this.reported.has(li.index)) return;
      this.timers.set(li, setTimeout(() => {
        if (this.reported.has(li.index)) return;
        if (document.visibilityState !== 'visible') { /* begin again when it is */
          this.seen.unobserve(li);
          return this.seen.observe(li);
        }
        this.reported.add(li.index);
        this.seen.unobserve(li);
        report(this.host, 'exposure', this.items[li.index], { slate: this.slate, position: li.index });
      }, SEEN_MS));
    }

    stopTimers() {
      for (const t of this.timers.values()) clearTimeout(t);
      this.timers.clear();
    }
  }

  /* The page's side. */

  const carousels = new Map();
  const adopt = (host) => carousels.has(host) || carousels.set(host, new Carousel(host));
  const scan = (root) => (root || document).querySelectorAll('[data-reckon]:not(reckon-carousel)').forEach(adopt);
  const each = (fn) => carousels.forEach((c, host) => host.isConnected ? fn(c) : (c.stopTimers(), carousels.delete(host)));

  window.reckon = {
    /* consent(true), consent(false): the visitor's answer; consent(): what is in force. */
    consent(value) {
      if (value !== undefined) {
        answer = !!value;
        if (!may()) forget();
        each((c) => {
          c.stopTimers();
          if (c.asked) c.load();
        });
      }
      return may();
    },
    /* The visitor looks at this item. */
    view(item) {
      if (!may()) return;
      remember(String(item));
      report(null, 'view', String(item), {}, true);
    },
    refresh: () => each((c) => c.load()),
    scan,
  };

  if (!customElements.get('reckon-carousel')) {
    customElements.define('reckon-carousel', class extends HTMLElement {
      connectedCallback() {
        adopt(this);
      }
    });
  }
  addEventListener('pagehide', flush);
  document.addEventListener('visibilitychange', () => document.visibilityState === 'hidden' && flush());
  const start = () => {
    scan();
    if (may()) read(OUTBOX_KEY, []).forEach(send);
    document.dispatchEvent(new CustomEvent('reckon:ready'));
  };
  if (document.readyState === 'loading') document.addEventListener('DOMContentLoaded', start);
  else start();
})();
