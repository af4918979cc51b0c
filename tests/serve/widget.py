"""The widget in pages of a shop of another origin: widget.py URL-OF-THE-SERVER PID KEY-OF-THE-PAGE KEY-OF-THE-SHOP, with RECKON_WORKSPACE.

RECKON_SHOTS: a directory for pictures to look at."""
import http.server, json, os, signal, sqlite3, sys, threading, time, urllib.request
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from browser import Browser

reckon, pid, key, token = sys.argv[1], int(sys.argv[2]), sys.argv[3], sys.argv[4]
workspace = os.environ['RECKON_WORKSPACE']
shots = os.environ.get('RECKON_SHOTS')
failures = checks = 0


def same(got, want, what):
    global failures, checks
    checks += 1
    if got != want:
        failures += 1
        print(f'FAILED: {what}: {got!r:.600s} is not {want!r:.600s}')


def good(truth, what):
    same(bool(truth), True, what)


# The shop: pages by path, each under a strict policy.

pages, style = {}, '''body{font:16px/1.5 system-ui,sans-serif;max-width:70rem;margin:0 auto;padding:1rem}
[data-reckon]{min-height:21rem}
@media(prefers-color-scheme:dark){body{background:#15171a;color:#eee}}'''


def page(path, body, attributes='', head=''):
    pages[path] = (f'<!doctype html><html lang=en><meta charset=utf-8><meta name=viewport content="width=device-width">'
                   f'<title>Shop</title><link rel=stylesheet href=/style.css>{head}'
                   f'<script src="{reckon}/widget.js" data-key="{key}" data-url="/product/{{item}}" {attributes} async>'
                   f'</script><main><h1>Shop</h1>{body}</main>').encode()


class Shop(http.server.BaseHTTPRequestHandler):
    protocol_version = 'HTTP/1.1'

    def do_GET(self):
        path = self.path.split('?')[0]
        body = style.encode() if path == '/style.css' else pages.get(path, b'<!doctype html><title>A product</title><p>A product')
        self.send_response(200)
        self.send_header('Content-Type', 'text/css' if path == '/style.css' else 'text/html; charset=utf-8')
        self.send_header('Content-Length', str(len(body)))
        self.send_header('Content-Security-Policy', f"default-src 'none'; script-src {reckon}; connect-src {reckon} "
                         f"http://127.0.0.1:9; style-src 'self'; img-src 'self'; require-trusted-types-for 'script'")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


shop = http.server.ThreadingHTTPServer(('127.0.0.1', 0), Shop)
shop.handle_error = lambda *_: None  # the browser hangs up when it is done
origin = f'http://127.0.0.1:{shop.server_port}'
threading.Thread(target=shop.serve_forever, daemon=True).start()


def ask(method, path, body, head=None):
    r = urllib.request.Request(reckon + path, json.dumps(body).encode() if body is not None else None, method=method,
                               headers={'Content-Type': 'application/json', 'Authorization': 'Bearer ' + token, **(head or {})})
    with urllib.request.urlopen(r) as f:
        return json.loads(f.read() or b'{}')


def let_the_shop_in():
    with open(workspace + '/reckon.toml', 'a') as f:
        f.write(f'cors-origins = "https://other.example {origin}"\n')
    os.kill(pid, signal.SIGHUP)
    for _ in range(2000):  # each takes a while: a request that is answered is the clock
        try:
            r = urllib.request.Request(reckon + '/v1/events', method='OPTIONS',
                                       headers={'Origin': origin, 'Access-Control-Request-Method': 'POST'})
            return urllib.request.urlopen(r).status
        except urllib.error.HTTPError:
            pass
    raise SystemExit('the settings were not read again')


def events(where, *values):
    db = sqlite3.connect(f'file:{workspace}/reckon.db?mode=ro', uri=True)
    try:
        return db.execute('SELECT i.identifier, k.name, c.position, json_extract(c.attributes, \'$.slate\') FROM events e '
                          'JOIN kinds k USING (kind) JOIN items i USING (item) LEFT JOIN event_context c USING (event) '
                          'JOIN identities u USING (user) WHERE ' + where + ' ORDER BY c.position', values).fetchall()
    finally:
        db.close()


def arrived(where):
    """Events that the browser sends on its own, maybe after the page has gone."""
    until = time.monotonic() + 20
    while time.monotonic() < until:
        got = events(where)
        if got:
            return got
        ask('GET', '/livez', None)
    return []


let_the_shop_in()
browser = Browser()
# what takes the widget a second takes a fiftieth here; `ran` counts what ran
HURRY = '''{ const real = setTimeout; window.ran = {}; window.setTimeout = (fn, ms, ...a) => real((...b) => {
 ran[ms] = (ran[ms] || 0) + 1; fn(...b) }, ms < 5000 ? ms / 50 : ms * 10, ...a) }'''  # the 5 s for an answer: on a busy machine
BOX = 'document.querySelector("[data-reckon]").shadowRoot.querySelector(".box:not(.wait)")'
LINKS = f'[...{BOX}.querySelectorAll("a")]'
ACTIVE = f'{LINKS}.indexOf(document.querySelector("[data-reckon]").shadowRoot.activeElement)'


def visit(path, **options):
    p = browser.page(script=HURRY, **options)
    p.go(origin + path)
    return p


def posts(p, path):
    return [(r['request'].get('postData') and json.loads(r['request']['postData']), r['request']['headers'])
            for r in p.seen('Network.requestWillBeSent') if r['request']['method'] == 'POST' and r['request']['url'] == reckon + path]


# 1. For somebody who agreed: drawn, seen, clicked.
page('/', '<div data-reckon="home" data-user="u007" data-title="For you" data-currency="EUR"></div><p id=after>After', 'data-consent=true')
p = visit('/')
p.until(BOX)
want = ask('POST', '/v1/recommend', {'user': 'u007', 'n': 12, 'attributes': ['price']})
same(p.eval(f'{LINKS}.map((a) => a.pathname)'), ['/product/' + i['item'] for i in want['items']], 'the items')
same(p.eval(f'{LINKS}.map((a) => a.querySelector(".title").textContent)'), [i['title'] for i in want['items']], 'the titles')
same(p.eval(f'{LINKS}[0].querySelector(".price").textContent'), '€%.2f' % want['items'][0]['attributes']['price'], 'the price')
asked = posts(p, '/v1/recommend')
same((len(asked), asked[0][0]['user'], asked[0][0]['reasons'], asked[0][0]['context']['page']), (1, 'u007', False, 'home'), 'the question')
p.until('ran[2000]')
p.until(f'!sessionStorage["reckon.outbox"] || sessionStorage["reckon.outbox"] === "[]"')
visible = p.eval(f'(() => {{ const t = {BOX}.querySelector("ul").getBoundingClientRect(); return {LINKS}.filter((a) => '
                 '{ const r = a.getBoundingClientRect(); return Math.min(r.right, t.right) - r.left >= r.width / 2 }).length })()')
got = events("k.name = 'exposure' AND u.identifier = 'u007'")
same([(e[0], e[2]) for e in got], [(i['item'], n) for n, i in enumerate(want['items'][:visible])], 'what was seen, and no more')
good(0 < visible < 12, f'some are out of view ({visible})')
slates = {e[3] for e in got}
good(len(slates) == 1 and None not in slates, 'of one slate')
good(posts(p, '/v1/events')[0][1]['Idempotency-Key'], 'can be sent again')
shift = p.eval('new Promise((d) => new PerformanceObserver((l) => d(l.getEntries().reduce((s, e) => s + e.value, 0)))'
               '.observe({type: "layout-shift", buffered: true}) || setTimeout(() => d(0), 100))')
good(shift < 0.01, f'nothing moves ({shift})')
p.click(LINKS + '[1]')
p.until('location.pathname.startsWith("/product/")')
same(arrived("k.name = 'click' AND u.identifier = 'u007' AND c.position >= 0"), [(want['items'][1]['item'], 'click', 1, slates.pop())], 'the click')
same(p.problems(), [], 'the console')
p.close()

# 2. By keyboard and by ear.
p = visit('/')
p.until(BOX)
p.eval('document.activeElement.blur()')
for _ in range(3):
    p.press('Tab')
same(p.eval(ACTIVE), 0, 'two buttons, then the list')
good(p.eval(f'getComputedStyle({LINKS}[0]).outlineStyle') == 'solid', 'where the focus is can be seen')
p.press('ArrowRight')
p.press('ArrowRight')
same(p.eval(ACTIVE), 2, 'right, right')
p.press('ArrowLeft')
same(p.eval(ACTIVE), 1, 'left')
p.press('End')
same(p.eval(ACTIVE), 11, 'the last')
p.until(f'{LINKS}[11].getBoundingClientRect().right <= innerWidth')
p.press('Home')
same(p.eval(ACTIVE), 0, 'the first')
p.press('Enter')
p.until('location.pathname.startsWith("/product/")')
p.close()
p = visit('/')
p.until(BOX)
tree = p.tree()
region = [n for n in tree if n[0] == 'region']
same([(n[1], n[2].get('roledescription')) for n in region], [('For you', 'carousel')], 'a region with its name')
good(any(n[:2] == ('heading', 'For you') and n[2].get('level') == 2 for n in tree), 'a heading')
same([n[1] for n in tree if n[0] == 'button'], ['Previous', 'Next'], 'buttons have names')
same([n[2].get('disabled') for n in tree if n[0] == 'button'], [True, None], 'which of them can be used')
same(len([n for n in tree if n[0] == 'list']), 1, 'a list')
same(len([n for n in tree if n[0] == 'listitem']), 12, 'its items')
same([n[1] for n in tree if n[0] == 'link'][0], p.eval(LINKS + '[0].querySelector(".title").textContent + " " + ' + LINKS + '[0].querySelector(".price").textContent'), 'what a link says')
p.click(BOX + '.querySelectorAll("button")[1]')
same(p.until(BOX + '.querySelector("[aria-live]").textContent'), f'{visible + 1} to {2 * visible} of 12', 'what the next page is')
p.until(BOX + '.querySelector("ul").scrollLeft > 100')
p.close()

# 3. Without consent, and against the browser's signal: nobody is named, nothing kept, nothing told.
page('/unasked', '<div data-reckon="home" data-user="u011" data-cart="i1,i2"></div>')
page('/signal', '<div data-reckon="home" data-user="u011"></div>', 'data-consent=true')
page('/denied', '<div data-reckon="product" data-user="u011" data-item="i3" data-cart="i1"></div>', 'data-consent=no')
for path, options, item in (('/unasked', {}, []), ('/denied', {}, ['i3']), ('/signal', {'signal': True}, [])):
    p = visit(path, **options)
    p.until(BOX)
    p.until('ran[1000] >= 3')
    p.eval('reckon.view("i1")')
    p.eval(LINKS + '[0].addEventListener("click", (e) => e.preventDefault())')
    p.click(LINKS + '[0]')
    if options:
        same(p.eval('reckon.consent(true)'), False, 'the signal wins')
    p.eval('dispatchEvent(new Event("pagehide"))')
    same(posts(p, '/v1/events') + posts(p, '/v1/recommend'), [], path + ' nothing is told')
    good(all(b['items'] == item and 'user' not in b and 'context' not in b for b, _ in posts(p, '/v1/session')), path + ' nobody is named')
    same(p.eval('[sessionStorage.length, localStorage.length, document.cookie]'), [0, 0, ''], path + ' nothing is kept')
    p.close()
same(events("c.position >= 0 AND (u.identifier = 'u011' OR u.identifier LIKE 'anon-%')"), [], 'no event came of it')

# 4. Somebody anonymous agrees, looks around, changes their mind.
page('/look', '<reckon-carousel data-reckon="product" data-item="i5"></reckon-carousel>')
p = visit('/look')
p.until(BOX)
p.eval('reckon.consent(true)')
p.until('(sessionStorage["reckon.session"] || "").includes("i5")')
p.go(origin + '/unasked')
p.until(BOX)
p.eval('document.querySelector("[data-reckon]").removeAttribute("data-user"); reckon.consent(true)')
p.until('ran[2000]')
good(any(b['items'] == ['i5', 'i1', 'i2'] for b, _ in posts(p, '/v1/session')), 'the session and the cart speak')
good(all(e['user'].startswith('anon-') for b, _ in posts(p, '/v1/events') for e in b['events']), 'under no name')
p.eval('reckon.view("i7")')
former = p.eval('JSON.parse(sessionStorage["reckon.session"]).id')
p.eval('reckon.consent(false)')
same(p.eval('sessionStorage.length'), 0, 'all is forgotten')
p.eval('reckon.consent(true)')
p.until('sessionStorage["reckon.session"]')
good(former not in p.eval('sessionStorage["reckon.session"]'), 'who agrees again is somebody new')
p.until(BOX)
p.close()

# 5. What could not be told is told from the next page, once.
p = visit('/look')
p.call('Network.setBlockedURLs', urls=['*/v1/events'])
p.eval('reckon.consent(true); reckon.view("i9")')
p.until('(sessionStorage["reckon.outbox"] || "").includes("i9")')
p.call('Network.setBlockedURLs', urls=[])
p.go(origin + '/')
p.until('sessionStorage["reckon.outbox"] === "[]"')
same(len(arrived("k.name = 'view' AND i.identifier = 'i9' AND u.identifier LIKE 'anon-%'")), 1, 'told later')
p.close()

# 6. Hostile names are text, hostile addresses are none.
evil = '<img src=x onerror="window.hacked=1"></script><script>window.hacked=2</script>&amp;"\''
top = ask('POST', '/v1/session', {'items': []})['items'][0]['item']
ask('PUT', '/v1/items/' + top, {'title': evil, 'attributes': {'image': 'javascript:window.hacked=3', 'price': 3}})
page('/evil', '<div data-reckon="popular" data-url="javascript:window.hacked=4//{item}" data-title="<b>x</b>"></div>')
p = visit('/evil')
p.until(BOX)
same(p.eval(LINKS + '[0].querySelector(".title").textContent'), evil, 'the title is text')
same(p.eval(BOX + '.querySelectorAll("img, script, b").length'), 0, 'and makes no elements')
same(p.eval(LINKS + '[0].hasAttribute("href")'), False, 'a script is no address')
same(p.eval('window.hacked'), None, 'nothing of it ran')
same(p.problems(), [], 'the console')
p.close()

# 7. The service is away: what the page has, or nothing.
page('/down', '<div data-reckon="home" data-endpoint="http://127.0.0.1:9/"><a href="/all">All products</a></div>'
     '<reckon-carousel data-endpoint="http://127.0.0.1:9/"></reckon-carousel>')
p = visit('/down')
p.until('[...document.querySelectorAll("[data-reckon],reckon-carousel")].every((e) => e.shadowRoot.querySelector("slot"))')
good(p.eval('document.querySelector("a").checkVisibility()'), 'what was in the element')
same(p.eval('document.querySelector("reckon-carousel").getBoundingClientRect().height'), 0, 'or nothing')
same(p.seen('Runtime.exceptionThrown'), [], 'no script failed')
p.close()

# 8. Far below: asked for when it comes near.
page('/far', '<p id=far></p><div data-reckon="popular"></div>')
style += '#far{height:5000px}'
p = visit('/far')
p.until('window.reckon && document.querySelector("[data-reckon]").shadowRoot')
p.eval('new Promise((d) => requestAnimationFrame(() => requestAnimationFrame(d)))')
same(posts(p, '/v1/session'), [], 'not yet')
p.eval('document.querySelector("[data-reckon]").scrollIntoView()')
p.until(BOX)
p.close()

# 9. Widths, directions, colours.
page('/rtl', '<div data-reckon="popular" data-title="قائمة"></div><div data-reckon="popular" data-level="3"></div>', head='', attributes='data-n=9')
pages['/rtl'] = pages['/rtl'].replace(b'lang=en', b'lang=ar dir=rtl')
for width in (320, 768, 1280):
    for path in ('/', '/rtl'):
        p = visit(path, width=width, dark=width == 768)
        p.until(BOX)
        good(p.eval('document.documentElement.scrollWidth <= innerWidth'), f'{path} at {width} px the page does not scroll sideways')
        good(p.eval(BOX + '.querySelectorAll("button")[0].offsetWidth') >= 44, f'{path} at {width} px a finger hits')
        if path == '/rtl':
            p.eval(LINKS + '[0].focus()')
            p.press('ArrowLeft')
            same(p.eval(ACTIVE), 1, 'to the left is the next')
        if shots:
            p.shot(full=False, path=f'{shots}/widget{path.replace("/", "-")}-{width}.png')
        p.close()

# 10. The options of an arm: what a visitor sees is the arm that was logged; who did not agree is in none.
def exposures():
    db = sqlite3.connect(f'file:{workspace}/reckon.db?mode=ro', uri=True)
    try:
        return dict(db.execute('SELECT u.identifier, x.variant FROM exposures x JOIN identities u USING (user)').fetchall())
    finally:
        db.close()


def heading(p):
    p.until(BOX)
    return p.eval(f'(() => {{ const h = {BOX}.querySelector("h1,h2,h3,h4,h5,h6"); return [h.localName, h.textContent] }})()')


says, seen = {0: ['h2', 'For you'], 1: ['h4', 'Picked, just for "you"']}, {}
for n in range(20, 60):
    page(f'/shelf{n}', f'<div data-reckon="home" data-scenario="shelf" data-user="u0{n}" data-title="For you"></div>', 'data-consent=true')
    p = visit(f'/shelf{n}')
    shown = heading(p)
    same(len(p.eval(f'{LINKS}.map((a) => a.pathname)')), 5, 'the scenario is asked for')
    arm = exposures().get(f'u0{n}')
    good(arm in says, f'u0{n} is logged when the answer is there')
    same(shown, says.get(arm), f'what u0{n} sees is the arm {arm}')
    if arm not in seen:
        p.go(origin + f'/shelf{n}')
        same(heading(p), shown, 'it stays')
        if shots:
            p.shot(full=False, path=f'{shots}/widget-arm-{arm}.png')
    same(p.problems(), [], 'the console')
    p.close()
    seen[arm] = seen.get(arm, 0) + 1
    if len(seen) == 2 and n >= 23:
        break
same(sorted(seen), [0, 1], 'both arms were met')
page('/shelf-unasked', '<div data-reckon="home" data-scenario="shelf" data-user="u070" data-title="For you"></div>')
p = visit('/shelf-unasked')
same(heading(p), says[0], 'who did not agree sees what is there without a test')
p.close()
same(sum(seen.values()), len(exposures()), 'and is not logged, nor anybody twice')

browser.close()
print(f'{checks} checks in the browser, {failures} failed')
sys.exit(failures > 0)
