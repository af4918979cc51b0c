"""The demo shop in a browser: demo.py URL-OF-THE-SERVER.  RECKON_SHOTS: a directory for pictures to look at."""
import json, os, sys
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from browser import Browser

reckon, shots = sys.argv[1], os.environ.get('RECKON_SHOTS')
failures = checks = 0


def good(truth, what):
    global failures, checks
    checks += 1
    if not truth:
        failures += 1
        print('FAILED:', what)


browser = Browser()
FIRST = 'document.querySelector("[data-reckon=%s]").shadowRoot.querySelector(".box:not(.wait)")'
ITEMS = '[...%s.querySelectorAll("a")].map((a) => decodeURIComponent(a.pathname.split("/").pop())).join()' % FIRST
HOME, POPULAR = ITEMS % 'home', ITEMS % 'popular'
p = browser.page()
p.go(reckon + '/demo/')
nobody = p.until(HOME)
good(nobody == p.until(POPULAR), 'somebody new sees what is popular')
p.eval('(v => { v.selectedIndex = 2; v.dispatchEvent(new Event("change")) })(document.getElementById("visitor"))')
p.go(reckon + '/demo/')
good(p.until(HOME) == nobody, 'without consent everybody sees the same')
good(not [r for r in p.seen('Network.requestWillBeSent') if '/v1/events' in r['request']['url']], 'and nothing is told')
p.click('document.getElementById("yes")')
good(p.eval('document.getElementById("consent").hidden'), 'the question goes when it is answered')
customer = p.until(f'({HOME}) !== {json.dumps(nobody)} && {HOME}')
p.eval('(v => { v.selectedIndex = 4; v.dispatchEvent(new Event("change")) })(document.getElementById("visitor"))')
other = p.until(f'({HOME}) !== {json.dumps(customer)} && {HOME}')
p.click((FIRST % 'home') + '.querySelectorAll("a")[1]')
p.until('location.pathname.startsWith("/demo/items/") && window.reckon')
item = p.eval('decodeURIComponent(location.pathname.split("/").pop())')
good(item == other.split(',')[1], 'the item that was clicked')
for what in ('product', 'similar'):
    good(item not in p.until(ITEMS % what).split(','), what + ' shows others')
p.click('document.getElementById("add")')
good(p.eval('document.getElementById("count").textContent') == '1', 'in the cart')
p.go(reckon + '/demo/')
moved = p.until(f'({HOME}) !== {json.dumps(other)} && {HOME}')
good(item not in moved.split(','), 'what was looked at and clicked moves the next answer')
p.go(reckon + '/demo/cart')
good(item not in p.until(ITEMS % 'cart').split(','), 'what goes with the cart')
p.click('document.querySelector("#rows button")')
good(p.eval('!document.getElementById("empty").hidden'), 'taken out again')
good(p.problems() == [], f'the console: {p.problems()}')
p.close()

for width in (320, 768, 1280):
    for name, path in (('home', '/demo/'), ('search', '/demo/search'), ('item', '/demo/items/i002'), ('cart', '/demo/cart')):
        p = browser.page(width=width, dark=width == 768)
        p.go(reckon + path)
        p.until('window.reckon')
        good(p.eval('document.documentElement.scrollWidth <= innerWidth'), f'{name} at {width} px does not scroll sideways')
        tree = p.tree()
        good(all(n[1] for n in tree if n[0] in ('button', 'link', 'searchbox', 'combobox', 'textbox')), f'{name}: all have names')
        good(len([n for n in tree if n[0] == 'heading' and n[2].get('level') == 1]) == 1, f'{name}: one title')
        good({'main', 'banner', 'contentinfo', 'search'} <= {n[0] for n in tree}, f'{name}: landmarks')
        if shots:
            p.until('[...document.images].every((i) => i.complete || i.loading === "lazy")')
            p.shot(f'{shots}/demo-{name}-{width}.png')
        p.close()
browser.close()
print(f'{checks} checks in the browser, {failures} failed')
sys.exit(failures > 0)
