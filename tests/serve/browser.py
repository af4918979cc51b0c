"""A headless Chromium for tests, driven by the DevTools protocol over its pipe; nothing but the standard library.

Nothing here sleeps: whatever is waited for is a condition in the page or an event of the browser, with a deadline."""
import base64, json, os, select, shutil, subprocess, tempfile, time

DEADLINE = 90  # of what must happen: only a failure waits so long


def find():
    return next(filter(None, map(shutil.which, (os.environ.get('RECKON_CHROMIUM', ''), 'chromium', 'google-chrome'))), None)


class Browser:
    def __init__(self, *more):
        self.home = tempfile.mkdtemp(prefix='reckon-chromium-')
        to_read, self.to = os.pipe()
        self.from_, to_write = os.pipe()
        words = [find(), '--headless=new', '--remote-debugging-pipe', '--user-data-dir=' + self.home, '--no-first-run',
                 '--disable-gpu', '--disable-dev-shm-usage', '--disable-extensions', '--disable-component-update',
                 '--disable-background-networking', '--hide-scrollbars', '--force-color-profile=srgb', '--lang=en-GB',
                 *(['--no-sandbox'] if os.getuid() == 0 else []), *more, 'about:blank']

        def place():  # the browser reads from 3 and writes to 4
            a, b = os.dup(to_read), os.dup(to_write)
            os.dup2(a, 3)
            os.dup2(b, 4)
            os.set_inheritable(3, True)
            os.set_inheritable(4, True)
        self.process = subprocess.Popen(words, close_fds=False, preexec_fn=place, stdout=subprocess.DEVNULL,
                                        stderr=subprocess.DEVNULL)
        os.close(to_read)
        os.close(to_write)
        self.number, self.rest, self.events = 0, b'', []

    def read(self, until):
        while b'\0' not in self.rest:
            left = until - time.monotonic()
            if left <= 0 or not select.select([self.from_], [], [], left)[0]:
                raise TimeoutError('the browser said nothing more')
            got = os.read(self.from_, 1 << 16)
            if not got:
                raise EOFError('the browser ended')
            self.rest += got
        line, self.rest = self.rest.split(b'\0', 1)
        return json.loads(line)

    def call(self, method, session=None, seconds=DEADLINE, **params):
        self.number += 1
        mine = self.number
        message = {'id': mine, 'method': method, 'params': params, **({'sessionId': session} if session else {})}
        data = json.dumps(message).encode() + b'\0'
        while data:
            data = data[os.write(self.to, data):]
        until = time.monotonic() + seconds
        while True:
            m = self.read(until)
            if m.get('id') == mine:
                if 'error' in m:
                    raise RuntimeError(f"{method}: {m['error']}")
                return m['result']
            if 'method' in m:
                self.events.append(m)

    def page(self, **options):
        return Page(self, **options)

    def close(self):
        try:
            self.call('Browser.close')
        except (OSError, EOFError, TimeoutError):
            pass
        self.process.wait(DEADLINE)
        shutil.rmtree(self.home, ignore_errors=True)


class Page:
    """A tab with storage of its own.  signal: navigator.globalPrivacyControl is set."""

    def __init__(self, browser, width=1280, height=900, dark=False, signal=False, still=True, scale=1, script=''):
        self.browser = browser
        self.context = browser.call('Target.createBrowserContext')['browserContextId']
        target = browser.call('Target.createTarget', url='about:blank', browserContextId=self.context)['targetId']
        self.session = browser.call('Target.attachToTarget', targetId=target, flatten=True)['sessionId']
        self.target, self.faults = target, []
        for domain in ('Page', 'Runtime', 'Network', 'Log'):
            self.call(domain + '.enable')
        self.call('Emulation.setDeviceMetricsOverride', width=width, height=height, deviceScaleFactor=scale, mobile=False)
        self.call('Emulation.setEmulatedMedia', features=[
            {'name': 'prefers-color-scheme', 'value': 'dark' if dark else 'light'},
            {'name': 'prefers-reduced-motion', 'value': 'reduce' if still else 'no-preference'}])
        self.call('Emulation.setFocusEmulationEnabled', enabled=True)
        if signal:
            script += ';Object.defineProperty(Navigator.prototype, "globalPrivacyControl", {get: () => true})'
        if script:
            self.call('Page.addScriptToEvaluateOnNewDocument', source=script)

    def call(self, method, **params):
        return self.browser.call(method, session=self.session, **params)

    def go(self, url):
        self.call('Page.navigate', url=url)
        self.until('document.readyState === "complete" && location.href !== "about:blank"')

    def eval(self, expression):
        r = self.call('Runtime.evaluate', expression=expression, awaitPromise=True, returnByValue=True, userGesture=True)
        if 'exceptionDetails' in r:
            raise RuntimeError(json.dumps(r['exceptionDetails'])[:800])
        return r['result'].get('value')

    def until(self, expression, seconds=DEADLINE):
        """Waits until the expression is true in the page (of now, or the one that it goes to); gives its value."""
        end = time.monotonic() + seconds
        loop = ('new Promise((done) => { const end = performance.now() + 1000; const look = () => { let v = null;'
                'try { v = (%s) } catch (e) { v = null }'
                'if (v || performance.now() > end) done(v instanceof Node ? true : v); else setTimeout(look, 15) }; look() })' % expression)
        while time.monotonic() < end:
            try:
                value = self.eval(loop)
            except RuntimeError:  # the page was left meanwhile
                continue
            if value:
                return value
        raise TimeoutError('never: ' + expression)

    def press(self, key):
        number = {'Tab': 9, 'Enter': 13, 'End': 35, 'Home': 36, 'ArrowLeft': 37, 'ArrowRight': 39}[key]
        for kind in ('keyDown', 'keyUp'):
            self.call('Input.dispatchKeyEvent', type=kind, key=key, code=key, windowsVirtualKeyCode=number,
                      **({'text': '\r'} if key == 'Enter' and kind == 'keyDown' else {}))

    def click(self, expression):
        """A real click on the middle of an element."""
        x, y = self.eval('(() => { const e = %s; e.scrollIntoView({block: "center", inline: "nearest"});'
                         'const r = e.getBoundingClientRect(); return [r.x + r.width / 2, r.y + r.height / 2] })()' % expression)
        for kind in ('mousePressed', 'mouseReleased'):
            self.call('Input.dispatchMouseEvent', type=kind, x=x, y=y, button='left', clickCount=1)

    def shot(self, path, full=True):
        data = self.call('Page.captureScreenshot', captureBeyondViewport=full, format='png')['data']
        with open(path, 'wb') as f:
            f.write(base64.b64decode(data))

    def tree(self):
        """The accessibility tree: (role, name, {property: value}) of what is not ignored."""
        nodes = self.call('Accessibility.getFullAXTree')['nodes']
        return [(n['role']['value'], n.get('name', {}).get('value', ''),
                 {p['name']: p['value'].get('value') for p in n.get('properties', [])})
                for n in nodes if not n['ignored']]

    def seen(self, method):
        """Parameters of the page's events of that method so far."""
        return [e['params'] for e in self.browser.events if e.get('sessionId') == self.session and e['method'] == method]

    def problems(self):
        """What the console holds of errors: of scripts, of the content security policy, of requests."""
        return ([e['entry']['text'] for e in self.seen('Log.entryAdded') if e['entry']['level'] == 'error'] +
                [e['exceptionDetails']['text'] for e in self.seen('Runtime.exceptionThrown')])

    def close(self):
        self.browser.call('Target.disposeBrowserContext', browserContextId=self.context)


if __name__ == '__main__':  # is there one?
    raise SystemExit(0 if find() else 1)
