#!/usr/bin/env python3
"""Canaries: is anything left of people who were erased?

Knows nothing of reckon's map, tables or scan. Every input that reckon takes is given texts and numbers that stand nowhere
else, for N people: files, events and users over HTTP, consents, requests, rectifications, reviews, attributes, searches, links,
what was typed at the prompt and in the console, exports, backups, slates, exposures, arms that were forced, rules, templates,
prompts and texts about products, the ledger, notes; the server is killed in the middle. Half of the people are erased, by the
command line, over HTTP, and by an erasure that is killed. Then every byte of the workspace, of what the server wrote, of the
running server's memory and of a core dump of it is searched: nothing of those who were erased may be found, and all of the
others in the workspace.

canaries.py RECKON --subjects N --work DIR
"""
import argparse, base64, csv, fcntl, gzip, json, os, pty, random, re, select, shutil, signal, struct, subprocess, sys, termios, time
import urllib.error, urllib.request, zipfile

PREFIX = "zqkanari7"  # of every text; then four digits for the person, then the field
NUMBER = 0x5A71C3     # the upper bytes of every number; then two for the person and one for the field
REAL = 0x415A71C3     # the upper bytes of every real one


def text(i, field):
    r = random.Random("%d %s" % (i, field)).getrandbits(32)
    return "%s%04d%s%08x" % (PREFIX, i, field, r)


def whole(i, field):
    return NUMBER << 24 | i << 8 | field


def real(i, field):
    return struct.unpack(">d", struct.pack(">IHBB", REAL, i, field, 0))[0]


def who(i):
    return text(i, "id")


class Search:
    """Whose canaries are in some bytes, in whatever form."""

    def __init__(self, n):
        self.n = n
        word = PREFIX.encode()
        self.any_case = [word, PREFIX.encode("utf-16-le"), PREFIX.encode("utf-16-be"), word.hex().encode()]
        self.as_it_is = []
        for shift in range(3):  # base64 at each alignment, without the letters that depend on what stands before
            coded = base64.b64encode(b"\0" * shift + word)
            self.as_it_is.append(coded[(8 * shift + 5) // 6:len(word) * 8 // 6 + shift])
        self.digits = os.path.commonprefix([str(whole(0, 0)), str(whole(n, 255))]).encode()
        be, real_be = NUMBER.to_bytes(3, "big"), REAL.to_bytes(4, "big")
        # what is looked for, where the three bytes are that say whose it is, and their order
        self.numbers = [(be, 3, "big"), (be[::-1], -3, "little"), (real_be, 4, "big"), (real_be[::-1], -3, "little")]
        self.reals = {repr(real(i, f)).encode()[:14]: i for i in range(n) for f in range(1, 8)}
        self.real = os.path.commonprefix([repr(real(0, 0)), repr(real(n, 7))]).encode()

    def person(self, data, at):
        """The four digits behind a prefix, whatever the form that was met."""
        near = data[at:at + 160]
        for raw in (near, near.replace(b"\0", b"")):
            m = re.match(re.escape(PREFIX.encode()) + rb"(\d{4})", raw, re.I)
            if m:
                return int(m.group(1))
        m = re.match(PREFIX.encode().hex().encode() + rb"((?:3\d){4})", near, re.I)
        if m:
            return int(bytes.fromhex(m.group(1).decode()))
        for back in range(4):
            run = re.match(rb"[A-Za-z0-9+/_-]+", data[max(0, at - back):at + 64])
            if run:
                word = run.group(0).replace(b"-", b"+").replace(b"_", b"/")
                for cut in range(4):
                    try:
                        plain = base64.b64decode(word[cut:cut + len(word[cut:]) // 4 * 4])
                    except ValueError:
                        continue
                    m = re.search(PREFIX.encode() + rb"(\d{4})", plain)
                    if m:
                        return int(m.group(1))
        return None

    def found(self, data):
        """(person, what, where) of each."""
        low = data.lower()
        for where, forms in ((low, self.any_case), (data, self.as_it_is)):
            for form in forms:
                for at in each(where, form):
                    i = self.person(where, at)
                    if i is not None and i < self.n:
                        yield i, "text", at
        for at in each(data, self.digits):
            m = re.match(rb"\d{14}", data[at:at + 15])
            v = int(m.group(0)) if m else 0
            if v >> 24 == NUMBER and (v >> 8 & 0xffff) < self.n and (v & 255) < 8:
                yield v >> 8 & 0xffff, "digits", at
        for form, off, order in self.numbers:
            for at in each(data, form):
                v = int.from_bytes(data[max(0, at + off):max(0, at + off) + 3], order)
                if v >> 8 < self.n and 0 < (v & 255) < 8:  # a field 0 of person 0 would be three bytes of nothing
                    yield v >> 8, "number", at
        for at in each(data, self.real):
            i = self.reals.get(data[at:at + 14])
            if i is not None:
                yield i, "real", at


def each(data, form):
    at = data.find(form)
    while at >= 0:
        yield at
        at = data.find(form, at + 1)


class Shop:
    def __init__(self, reckon, work, n):
        self.reckon, self.work, self.n = reckon, work, n
        self.ws = os.path.join(work, "shop")
        self.server = self.url = self.token = None

    def run(self, *args, status=0, stdin=None):
        p = subprocess.run([self.reckon, "--workspace", self.ws, *args], cwd=self.work, input=stdin, text=True,
                           stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        if p.returncode != status:
            sys.exit("reckon %s: exit %d: %s" % (" ".join(args), p.returncode, p.stderr))
        return p.stdout

    def settings(self):
        with open(os.path.join(self.ws, "reckon.toml"), "w") as f:
            f.write('[serve]\ngrace-seconds = 0\ndemo = "on"\ndemo-key = "%s"\naccess-log = "%s/files/access.log"\n'
                    'rate-per-key = 0\n' % (self.token or "", self.ws))

    def serve(self):
        log = open(os.path.join(self.work, "server.log"), "a")
        self.server = subprocess.Popen([self.reckon, "--workspace", self.ws, "serve", "--listen", "127.0.0.1:0"],
                                       stderr=subprocess.PIPE, stdout=log, text=True)
        for line in self.server.stderr:
            log.write(line)
            said = json.loads(line)
            if said["event"] == "listening":
                self.url = said["message"]
            if said["event"] in ("ready", "degraded"):
                break
        else:
            sys.exit("the server did not start")
        subprocess.Popen(["cat"], stdin=self.server.stderr, stdout=log)

    def ask(self, method, path, body=None, status=None):
        request = urllib.request.Request(self.url + path, method=method,
                                         data=json.dumps(body).encode() if body is not None else None,
                                         headers={"Authorization": "Bearer " + self.token, "Content-Type": "application/json"})
        for _ in range(600):
            try:
                with urllib.request.urlopen(request, timeout=60) as r:
                    data = r.read()
                    return json.loads(data) if r.headers["Content-Type"] == "application/json" else data
            except urllib.error.HTTPError as e:
                if e.code == 503:
                    time.sleep(0.1)
                    continue
                if e.code == status:
                    return json.loads(e.read())
                sys.exit("%s %s: %d %s" % (method, path, e.code, e.read()[:300]))
        sys.exit("%s %s: never answered" % (method, path))


def plant_files(shop):
    """What is imported: events as CSV and JSON Lines, users, bad lines, consents, links."""
    n, work = shop.n, shop.work
    with open(os.path.join(work, "events.csv"), "w") as f:
        w = csv.writer(f)
        w.writerow("user item time kind price session device referrer channel attr.note user.city".split())
        for i in range(n):
            for k in range(6):
                w.writerow([who(i), "i%d" % ((i + k) % 23), "2024-01-%02dT10:00:%02dZ" % (1 + k, i % 60), "purchase",
                            repr(real(i, 5)), text(i, "session%d" % (k // 3)), text(i, "device"),
                            "https://shop.example/?mail=" + text(i, "referrer") + "%40x.org", "web",
                            "says " + text(i, "note"), text(i, "city")])
        for k in range(1500):
            w.writerow(["plain%d" % (k % 150), "i%d" % (k % 23), "2024-01-%02dT12:00:00Z" % (1 + k % 28), "view", "2.5", "",
                        "phone", "", "web", "", "Rome"])
    with open(os.path.join(work, "events.jsonl"), "w") as f:
        for i in range(n):
            f.write(json.dumps({"user": who(i), "item": "i%d" % (i % 23), "time": "2024-02-02T10:00:00Z", "kind": "review",
                                "rating": 4, "attributes": {"review": "I say " + text(i, "review") + ", so",
                                                            "number": whole(i, 1)}}) + "\n")
    with open(os.path.join(work, "users.csv"), "w") as f:
        w = csv.writer(f)
        w.writerow(["user", "mail", "age", "tags", "points", "country"])
        for i in range(n):
            w.writerow([who(i), text(i, "mail") + "@example.org", 30 + i % 40, text(i, "tag"), whole(i, 2), "France"])
    with open(os.path.join(work, "bad-%s.csv" % who(0)), "w") as f:
        w = csv.writer(f)
        w.writerow(["user", "item", "time"])
        for i in range(n):
            w.writerow([who(i), "i1", text(i, "badtime")])
    with open(os.path.join(work, "consents.csv"), "w") as f:
        w = csv.writer(f)
        w.writerow("user purpose state time source policy proof".split())
        for i in range(n):
            w.writerow([who(i), "marketing", "granted", "2024-01-01T00:00:00Z", text(i, "source"), "v1", text(i, "proof")])
    with open(os.path.join(work, "links.csv"), "w") as f:
        w = csv.writer(f)
        w.writerow(["user", "other", "email", "source", "evidence"])
        for i in range(n):
            w.writerow([who(i), "", text(i, "linked") + "@example.org", text(i, "linksource"), text(i, "evidence")])
    shop.run("import", "events", "events.csv", "--unmapped", "keep")
    shop.run("import", "events", "events.jsonl", "--unmapped", "keep")
    shop.run("import", "users", "users.csv")
    shop.run("import", "events", "bad-%s.csv" % who(0), "--max-bad", "1")
    shop.run("privacy", "consent", "import", "consents.csv")
    shop.run("privacy", "subject", "import", "links.csv")


def plant_products(shop):
    """Products that name people, and the texts about them: templates, prompts, what an editor wrote, who pays."""
    n, work = shop.n, shop.work
    with open(os.path.join(work, "items.jsonl"), "w") as f:
        for i in range(n):
            f.write(json.dumps({"item": "r%d" % i, "title": "Mug %d" % i, "material": "clay",
                                "quote": "%s says %s" % (who(i), text(i, "itemreview"))}) + "\n")
        for i in range(4):
            f.write(json.dumps({"item": "i%d" % i, "title": "Heart %d" % i, "material": "wood"}) + "\n")
    shop.run("import", "items", "items.jsonl")
    with open(os.path.join(work, "web.txt"), "w") as f:
        f.write("words = 20\n---\n{facts}\nNever write of %s, who says %s.\n" % (who(0), text(0, "template")))
    port, script = os.path.join(work, "port"), os.path.join(work, "script")
    open(script, "w").close()
    here = os.path.dirname(os.path.abspath(__file__))
    service = subprocess.Popen([sys.executable, os.path.join(here, "..", "describe", "llm_server.py"), port,
                                os.path.join(work, "asked"), script])
    try:
        while not (os.path.exists(port) and os.path.getsize(port)):
            time.sleep(0.01)
        with open(os.path.join(shop.ws, "providers.toml"), "w") as f:
            f.write('[local]\nurl = "http://127.0.0.1:%s/v1"\nmodel = "m"\ninput-price = 1\noutput-price = 2\n' % open(port).read())
        shop.run("describe", "templates", "set", "web", "web.txt", "--comment", "as %s wishes: %s" % (who(0), text(0, "comment")))
        shop.run("describe", "budget", "set", "for-" + who(0), "--team", who(0), "--hard-tokens", "1000000")
        shop.run("describe", "run", "--template", "web", "--team", who(0), "--phase", who(1), "--note", "for %s" % who(1), status=4)
        shop.run("describe", "run", "--template", "web", "--team", who(0), "--phase", who(1))
        texts = json.loads(shop.run("describe", "list", "--json"))["rows"]
        for i in range(min(n, len(texts), 8)):
            shop.run("describe", "edit", str(texts[i]["text"]), "--description", "%s likes it: %s" % (who(i), text(i, "edited")),
                     "--note", "as %s said: %s" % (who(i), text(i, "editnote")))
    finally:
        service.kill()
        service.wait()


def plant_exposures(shop):
    """Who saw which arm, from elsewhere; who always gets one; and why it was stopped."""
    with open(os.path.join(shop.work, "seen.csv"), "w") as f:
        w = csv.writer(f)
        w.writerow(["user", "variant", "time"])
        for i in range(shop.n):
            w.writerow([who(i), "control", "2024-02-0%dT00:00:00Z" % (1 + i % 9)])
    shop.run("experiment", "import", "slate", "seen.csv")
    for i in range(shop.n):
        if i % (shop.n // 10 | 1) < 2:
            shop.run("experiment", "override", "slate", "--user", who(i), "--arm", "other")
            shop.run("experiment", "assign", "slate", "--user", who(i))


def filter_in_console(shop, filters):
    """At a terminal, as somebody would: how tables were filtered is remembered for the next time."""
    for patience in (0.2, 1, 5):  # of a busy machine
        console_session(shop, filters, patience)
        kept = b"".join(open(os.path.join(shop.ws, name), "rb").read() for name in os.listdir(shop.ws)
                        if name.startswith("console-"))
        if {found[0] for found in Search(shop.n).found(kept)} == {0, 1}:
            return
    sys.exit("the console did not remember what was typed: nothing would be proven by that")


def console_session(shop, filters, patience):
    pid, fd = pty.fork()
    if pid == 0:
        os.environ.update(TERM="xterm-256color", RECKON_WORKSPACE=shop.ws)
        os.execv(shop.reckon, [shop.reckon, "console", "--fresh"])
    fcntl.ioctl(fd, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 140, 0, 0))

    def quiet(wait):
        while select.select([fd], [], [], wait)[0]:
            try:
                os.read(fd, 65536)
            except OSError:
                return

    quiet(3 * patience)
    for keys in [k for go, where in filters for k in (go, "/", where, "\r")] + ["q"] * (len(filters) + 1):
        os.write(fd, keys.encode())
        quiet(patience)
    deadline = time.time() + 20
    while os.waitpid(pid, os.WNOHANG)[0] == 0:
        quiet(0.1)
        if time.time() > deadline:
            os.kill(pid, signal.SIGTERM)
            deadline += 20
    os.close(fd)


def plant_texts(shop):
    """What the shop itself writes: prompt, rules, notes, holds, exports, backups."""
    n, work = shop.n, shop.work
    typed = "".join("recommend --user %s --n 3\n" % who(i) for i in range(n))
    shop.run("shell", stdin=typed)
    with open(os.path.join(shop.ws, "shell-history"), "w") as f:
        f.write(typed)
    os.chmod(os.path.join(shop.ws, "shell-history"), 0o600)
    with open(os.path.join(work, "rules.toml"), "w") as f:
        f.write("# asked for by %s and %s\n[gifts]\nkind = \"hide\"\nidentifiers = \"i9\"\n" % (who(0), who(1)))
    shop.run("rules", "set", "rules.toml", "--name", "gifts", "--comment", "for %s" % who(0))
    files = os.path.join(shop.ws, "files")
    os.makedirs(files, exist_ok=True)
    for i in range(0, n, n // 10 | 1):
        shop.run("privacy", "export", who(i), "--out", os.path.join(files, "copy-%d.zip" % i))
        with gzip.open(os.path.join(files, "mail-%d.csv.gz" % i), "wt") as f:
            f.write("x" * 70000 + "," + text(i, "export") + "," + who(i) + "\n")
    shop.run("privacy", "hold", "--kinds", "review", "--reason", "asked by " + who(1), "--until", "2030-01-01")
    shop.run("backup")


def drive(shop, part):
    """What comes over HTTP."""
    for i in range(shop.n):
        if i % 2 != part:
            continue
        u = who(i)
        shop.ask("POST", "/v1/events", {"events": [
            {"user": u, "item": "i3", "kind": "view", "session": text(i, "httpsession"), "device": text(i, "httpdevice"),
             "referrer": "https://x.example/" + text(i, "httpref"), "id": text(i, "event"), "price": real(i, 1),
             "time": "2024-03-01T00:00:00Z", "attributes": {"said": text(i, "said"), "n": whole(i, 3)}},
            {"user": text(i, "guest"), "item": "i4", "kind": "review", "attributes": {"review": text(i, "guestreview")}}]})
        shop.ask("PUT", "/v1/users/" + u, {"attributes": {"motto": text(i, "motto"), "score": real(i, 2)}})
        slate = shop.ask("POST", "/v1/recommend", {"user": u, "n": 3, "context": {"page": text(i, "page")}})["slate"]
        shop.ask("POST", "/v1/events", {"user": u, "item": "i5", "kind": "click", "slate": slate})
        shop.ask("POST", "/v1/recommend", {"users": [u, "plain1"], "n": 3, "filter": "motto='%s'" % text(i, "filter")}, 400)
        shop.ask("POST", "/v1/email", {"user": u, "n": 2, "url": "https://x.example/{item}?u=" + text(i, "mailing")})
        shop.ask("GET", "/demo/search?q=" + text(i, "search"))
        shop.ask("POST", "/v1/assign", {"user": u, "experiment": "slate"})
        shop.ask("POST", "/v1/consent", {"user": u, "grant": ["analytics"], "proof": text(i, "httpproof"), "policy": "v2"})
        shop.ask("PUT", "/privacy/v1/subjects/%s/consent" % u, {"withdraw": ["sale"], "proof": text(i, "ownproof")})
        shop.ask("GET", "/privacy/v1/subjects/%s/consent/history" % u)
        shop.ask("GET", "/v1/users/%s/history" % u)
        shop.ask("PUT", "/v1/items/h%d" % i, {"title": "Bowl", "attributes": {"quote": u + " says " + text(i, "httpquote")}})
        case = shop.ask("POST", "/privacy/v1/requests", {"subject": u, "type": "access", "note": "on the phone: " + text(i, "casenote"),
                                                        "identity": {"by": "desk", "how": "passport of " + text(i, "passport")}})
        shop.ask("GET", case["archive"])
        shop.ask("POST", "/privacy/v1/requests/%d/close" % case["case"], {"note": "handed to " + text(i, "closed")})
        shop.ask("POST", "/privacy/v1/requests", {"subject": u, "type": "rectify", "set": {"motto": text(i, "righted")},
                                                  "identity": {"by": "desk"}})
        shop.ask("POST", "/privacy/v1/requests", {"subject": u, "type": "object"})
        shop.run("privacy", "subject", "link", u, text(i, "guest"), "--source", "login", "--evidence", text(i, "visit"))


def counts(shop, data_of):
    search, seen, places = Search(shop.n), [0] * shop.n, {}
    for name, data in data_of:
        for i, what, at in search.found(data):
            seen[i] += 1
            places.setdefault(i, []).append((name, what, at, bytes(data[max(0, at - 40):at + 80])))
    return seen, places


def files_of(root):
    for base, _, names in os.walk(root):
        for name in names:
            path = os.path.join(base, name)
            yield path, name.encode()
            data = open(path, "rb").read()
            yield path, data
            if data[:2] == b"\x1f\x8b":
                yield path + " (opened)", gzip.decompress(data)
        if data[:2] == b"PK":
            with zipfile.ZipFile(path) as z:
                for entry in z.namelist():
                    yield path + ": " + entry, z.read(entry)


PIECE, OVERLAP = 1 << 20, 4096


def pieces(name, data):
    """Without what is one byte again and again: most of a server's memory was never touched, or is overwritten."""
    for at in range(0, len(data), PIECE):
        if data[at:at + PIECE] != data[at:at + 1] * len(data[at:at + PIECE]):
            yield name, data[max(0, at - OVERLAP):at + PIECE + OVERLAP]


def core_of(pid, work):
    """What a crash would leave: a core dump."""
    path = os.path.join(work, "core")
    p = subprocess.run(["gcore", "-o", path, str(pid)], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    if p.returncode != 0:
        sys.exit("gcore: " + p.stderr)
    path += ".%d" % pid
    with open(path, "rb") as f:
        size = os.path.getsize(path)
        if size < 1 << 20:
            sys.exit("a core dump of %d bytes would prove nothing" % size)
        while data := f.read(64 * PIECE):
            yield from pieces(path, data)
            if len(data) == 64 * PIECE:
                f.seek(-OVERLAP, os.SEEK_CUR)
    os.unlink(path)


def memory_of(pid):
    with open("/proc/%d/maps" % pid) as maps, open("/proc/%d/mem" % pid, "rb", 0) as mem:
        for line in maps:
            where, mode = line.split()[:2]
            low, high = (int(x, 16) for x in where.split("-"))
            if not mode.startswith("rw"):  # what it wrote; the rest are programs and files
                continue
            try:
                mem.seek(low)
                yield from pieces(line.rstrip(), mem.read(high - low))
            except OSError:
                pass


def keeps_what_is_freed(pid):
    """A sanitizer's build holds freed memory back, and has terabytes of shadow."""
    with open("/proc/%d/maps" % pid) as maps:
        return any(int(b, 16) - int(a, 16) > 1 << 40 for a, b in (line.split()[0].split("-") for line in maps))


def check(shop, gone, label, data, others_too):
    seen, places = counts(shop, data)
    kinds = {what for found in places.values() for _, what, _, _ in found}
    if not gone and kinds != {"text", "digits", "number", "real"}:
        sys.exit("the search finds only %s: it would prove nothing" % sorted(kinds))
    bad = [i for i in gone if seen[i]]
    missing = [i for i in range(shop.n) if others_too and i not in gone and not seen[i]]
    for i in bad[:5]:
        for name, what, at, near in places[i][:4]:
            print("  %s: person %d, %s at %d of %s: %r" % (label, i, what, at, name, near))
    print("%s: %d of %d erased people left, %d of %d others missing" % (label, len(bad), len(gone), len(missing),
                                                                     shop.n - len(gone)))
    return not bad and not missing


def confirmed(people):
    return who(people[0]) if len(people) == 1 else str(len(people))


def erase(shop, gone):
    """By a file, over HTTP with somebody vouching, and by a command that is killed again and again."""
    third = max(1, len(gone) // 3)
    with open(os.path.join(shop.work, "some.txt"), "w") as f:
        f.write("".join(who(i) + "\n" for i in gone[:third]))
    shop.run("privacy", "erase", "--file", "some.txt", "--confirm", confirmed(gone[:third]))
    cases = [shop.ask("POST", "/privacy/v1/requests", {"subject": text(i, "linked") + "@example.org", "type": "erase",
                                                       "identity": {"by": "login", "how": "knew " + who(i)}})["case"]
             for i in gone[third:third + 2]]
    rest = gone[third + 2:]
    if rest:
        with open(os.path.join(shop.work, "rest.txt"), "w") as f:
            f.write("".join(who(i) + "\n" for i in rest))
        deadline = time.time() + 120
        while shop.ask("GET", "/privacy/v1/requests/%d" % cases[-1])["state"] != "certified" and time.time() < deadline:
            time.sleep(0.1)
        for k in range(4):
            p = subprocess.Popen([shop.reckon, "--workspace", shop.ws, "privacy", "erase", "--file", "rest.txt", "--confirm",
                                  confirmed(rest)], cwd=shop.work, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            time.sleep(0.05 * (1 + 2 * k))
            p.kill()
            p.wait()
        shop.run("privacy", "resume")
        p = subprocess.run([shop.reckon, "--workspace", shop.ws, "privacy", "erase", "--file", "rest.txt", "--confirm",
                            confirmed(rest)], cwd=shop.work, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        if p.returncode != 0:
            sys.exit(p.stdout)
    deadline = time.time() + 300
    for case in cases:
        while (state := shop.ask("GET", "/privacy/v1/requests/%d" % case)["state"]) != "certified":
            if time.time() > deadline or state == "incomplete":
                print(shop.run("privacy", "case", str(case), "--json"))
                sys.exit("case %d is %s" % (case, state))
            time.sleep(0.1)


def main():
    p = argparse.ArgumentParser()
    p.add_argument("reckon")
    p.add_argument("--subjects", type=int, default=12)
    p.add_argument("--work", required=True)
    p.add_argument("--keep", action="store_true")
    a = p.parse_args()
    shutil.rmtree(a.work, ignore_errors=True)
    os.makedirs(a.work)
    shop = Shop(os.path.abspath(a.reckon), a.work, a.subjects)
    gone = list(range(0, a.subjects, 2))
    began = time.time()
    try:
        shop.run("init", shop.ws)
        shop.token = json.loads(shop.run("keys", "create", "all", "--roles", "serve,ingest,admin,privacy", "--json"))["summary"]["token"]
        shop.settings()
        plant_files(shop)
        for model in ("popular-segment", "ease"):
            shop.run("train", model, "--no-evaluate")
        shop.run("models", "promote", "ease")
        shop.run("experiment", "design", "slate", "--metric", "conversion", "--effect", "0.5", "--share", "1", "--window", "3",
                 "--arm", "control", "--arm", "other=model:popular-segment")
        shop.run("experiment", "start", "slate")
        plant_exposures(shop)
        plant_products(shop)
        plant_texts(shop)
        filter_in_console(shop, [("gu", "user=" + who(0)), ("ge", "user=" + who(1))])
        shop.serve()
        drive(shop, 0)
        time.sleep(1.2)  # slates are recorded once a second
        shop.server.send_signal(signal.SIGKILL)
        shop.server.wait()
        shop.serve()
        drive(shop, 1)
        time.sleep(1.2)
        shop.run("backup", "later")
        print("planted in %.1f s" % (time.time() - began))
        good = check(shop, [], "before: workspace", files_of(shop.ws), True)
        erase(shop, gone)
        print("erased after %.1f s" % (time.time() - began))
        good &= check(shop, gone, "workspace", files_of(shop.ws), True)
        if keeps_what_is_freed(shop.server.pid):
            print("the server's memory is not searched: a sanitizer keeps what is freed")
        else:
            deadline = time.time() + 60  # threads that have nothing to do forget within a second or two
            while any(counts(shop, memory_of(shop.server.pid))[0][i] for i in gone) and time.time() < deadline:
                time.sleep(0.5)
            good &= check(shop, gone, "the server's memory", memory_of(shop.server.pid), False)
            if shutil.which("gcore"):
                good &= check(shop, gone, "a core dump of the server", core_of(shop.server.pid, shop.work), False)
            else:
                print("no core dump: there is no gcore")
        # they do not come back, neither by files nor from a backup
        shop.run("import", "events", "events.csv", "--unmapped", "keep")
        shop.run("import", "events", "events.jsonl", "--unmapped", "keep")
        shop.run("import", "users", "users.csv")
        shop.run("import", "events", "bad-%s.csv" % who(0), "--max-bad", "1")
        drive_again(shop, gone)
        shop.server.send_signal(signal.SIGTERM)
        shop.server.wait()
        good &= check(shop, gone, "workspace, imported again and stopped", files_of(shop.ws), True)
        log = os.path.join(shop.work, "server.log")
        good &= check(shop, gone, "what the server said", [(log, open(log, "rb").read())], False)
        print("%.1f s" % (time.time() - began))
        if not good:
            sys.exit(1)
    finally:
        if shop.server is not None and shop.server.poll() is None:
            shop.server.kill()
        if not a.keep:
            shutil.rmtree(a.work, ignore_errors=True)


def drive_again(shop, gone):
    for i in gone:
        shop.ask("POST", "/v1/events", {"user": who(i), "item": "i3", "kind": "view", "attributes": {"said": text(i, "again")}})
        shop.ask("PUT", "/v1/users/" + who(i), {"attributes": {"motto": text(i, "again")}}, 403)
        shop.ask("POST", "/v1/consent", {"user": who(i), "grant": ["analytics"], "proof": text(i, "again")}, 409)
        shop.ask("POST", "/v1/recommend", {"user": who(i), "n": 3})


if __name__ == "__main__":
    main()
