#!/usr/bin/env bash
# POST /v1/email: the block of a mailing, the text, and what must not get into them.
. "${RECKON_SOURCE:?}/tests/serve/lib.sh"
make_shop
serve
ask 200 POST /v1/recommend '{"user":"u007","n":4,"reasons":false,"attributes":["price"]}'
cp "$scratch/out" plain
first=$(json 'd["items"][0]["item"]')
evil='x</td></table><script>alert(1)</script>" onmouseover=alert(2) {item}'
python3 - "$evil" >body <<'END'
import json, sys
print(json.dumps({"title": sys.argv[1] + "\nBcc: all\u202e " + "very long title " * 9, "attributes": {"price": 1234.5, "image": "https://cdn.example/1&2.png"}}))
END
ask 200 PUT "/v1/items/$first" "$(cat body)"
mail='"url":"https://shop.example/p/{item}?utm_source=mail#top","headline":"For <you>","subject":"{title} & more","currency":"EUR","locale":"de","button":"View"'
ask 200 POST /v1/email "{\"user\":\"u007\",\"n\":4,$mail}"
checks=$((checks + 1))
python3 - "$scratch/out" plain "$evil" <<'END' || fail "the mail"
import html.parser, json, re, sys, unicodedata
mail, plain, evil = json.load(open(sys.argv[1])), json.load(open(sys.argv[2])), sys.argv[3]
assert [i["item"] for i in mail["items"]] == [i["item"] for i in plain["items"]], "the items of /v1/recommend"
assert "reason" not in mail["items"][0] and mail["items"][0]["attributes"]["price"] == 1234.5
tags, texts, links, open_tags = set(), [], [], []
class Reader(html.parser.HTMLParser):
    def handle_starttag(self, tag, attributes):
        tags.add(tag)
        a = dict(attributes)
        assert not any(n.startswith("on") for n in a), a
        if tag not in ("img", "br"): open_tags.append(tag)
        if tag == "table": assert a["role"] == "presentation"
        if tag == "img":
            assert "alt" in a and int(a["width"]) <= 600 and a["src"].startswith("https://"), a
            assert evil in a["alt"]
        if tag == "a": links.append(a["href"])
        for word in re.findall(r"(grid|flex|position|float|url\(|var\()", a.get("style", "")): raise AssertionError(word)
    def handle_endtag(self, tag): assert open_tags.pop() == tag, tag
    def handle_data(self, data): texts.append(data)
r = Reader(); r.feed(mail["html"]); r.close()
assert not open_tags and tags <= {"table", "tr", "td", "a", "img", "span", "h2"}, tags
all_text = "".join(texts)
assert evil in all_text and "For <you>" in all_text and "1.234,50\u00a0€" in all_text and "\u202e" not in all_text
assert len(links) == 9, links # picture, title and button; three items have no picture
for i, item in enumerate(mail["items"]):
    assert f"https://shop.example/p/{item['item']}?utm_source=mail&reckon_slate={mail['slate']}#top" in links
assert max(map(len, mail["html"].split("\n"))) < 998, "lines that mail servers may cut"
width = lambda s: sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in s)
for line in mail["text"].split("\n"):
    assert width(line) <= 72 or "://" in line, line
assert "Bcc: all" in mail["text"] and "\nBcc" not in mail["text"] and "\n" not in mail["subject"]
assert mail["subject"].endswith("& more") and mail["text"].count("reckon_slate=" + mail["slate"]) == 4
END

# on a small telephone, with long words, nothing sticks out
if python3 "$RECKON_SOURCE/tests/serve/browser.py"; then
    ask 200 POST /v1/email "{\"user\":\"u007\",\"n\":4,\"columns\":3,\"image\":\"$url/demo/pictures/{item}\",$mail}"
    checks=$((checks + 1))
    python3 - "$scratch/out" "$RECKON_SOURCE" <<'END' || fail "in the browser"
import base64, json, sys
sys.path.insert(0, sys.argv[2] + "/tests/serve")
from browser import Browser
html = json.load(open(sys.argv[1]))["html"].replace("very long", "Donaudampfschifffahrtsgesellschaft")
b = Browser()
p = b.page(width=320)
p.go("data:text/html;base64," + base64.b64encode(('<!doctype html><meta charset=utf-8><meta name=viewport content="width=device-width"><body style="margin:8px">' + html).encode()).decode())
wide = p.eval("[document.documentElement.scrollWidth, innerWidth]")
b.close()
assert wide[0] <= wide[1], wide
END
else
    echo "not run: chromium is not installed"
fi
ask 200 POST /v1/email "{\"users\":[\"u001\",\"nobody at all\"],\"n\":2,\"columns\":3,\"url\":\"https://x.example/{item}?s={slate}&p={position}\"}"
same "$(json '[(a["user"], len(a["items"]), a["html"].count(a["slate"]), "reckon_slate" in a["html"], "subject" in a) for a in d["answers"]]')" "[('u001', 2, 2, False, False), ('nobody at all', 2, 2, False, False)]" "many"
ask 200 POST /v1/email '{"user":"u001","filter":"price<0","url":"https://x.example/{item}"}'
same "$(json 'd["items"], d["html"], d["text"]')" "([], '', '')" "nothing to show"
# a scenario's models, number and filter
run 0 reckon scenarios set email - <<'END'
models = "ease"
n = 3
filter = "price > 10"
END
code() { [ "$(curl -s -o /dev/null -w '%{http_code}' -H 'Content-Type: application/json' -d '{"user":"u007","scenario":"email"}' "$url/v1/recommend")" = 200 ]; }
eventually code
ask 200 POST /v1/email '{"user":"u007","scenario":"email","url":"https://x.example/{item}"}'
same "$(json 'len(d["items"]), all(i["attributes"]["price"] > 10 for i in d["items"]), d["text"].count("https://x.example/")')" "(3, True, 3)" "a scenario"
ask 404 POST /v1/email '{"user":"u007","scenario":"none","url":"https://x.example/{item}"}'
for locale in en:€1,234.50 fr:1_234,50~€ de-CH:€~1’234.50 ar:€1,234.50; do
    ask 200 POST /v1/email "{\"user\":\"u007\",\"n\":4,\"url\":\"https://x.example/{item}\",\"currency\":\"EUR\",\"locale\":\"${locale%%:*}\"}"
    same "$(json '__import__("re").search(r"\(([^()]*50[^()]*)\)", d["text"].replace("\n", " "))[1].replace("\u202f","_").replace("\u00a0","~")')" "${locale#*:}" "a price in ${locale%%:*}"
done
same "$(json '"dir=\"rtl\"" in d["html"]')" True "right to left"
for bad in '"url":"javascript:alert(1)"' '"url":"https://x.example/{title}"' '"url":"https://x.example/\"onclick=x"' '"url":"https://x.example/","accent":"#12345g"' \
    '"url":"https://x.example/","currency":"€"' '"url":"https://x.example/","columns":4' '"n":3' '"url":"https://x.example/","image":"ftp://x/{item}"'; do
    ask 400 POST /v1/email "{\"user\":\"u007\",$bad}"
done
ask 400 POST /v1/email '{"url":"https://x.example/{item}"}'
stop
finish
