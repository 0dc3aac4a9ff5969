from __future__ import annotations
import itertools, time
import pytest
from django.contrib import admin
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver
from tests.admin.made import made
from tests.admin.permitted import PAGES
from tests.admin.rows import Rows

NASTY = ["", "0", "-1", "1"*30, "abc", "\x00", "a\x00b", "\ud800", "ü/ä", "<script>", "1e400", "NaN", "٣", "x"*5000, "[]", "{}", '{"a":', "1.5", "99999999999999999999.1"]
PARAMS = ["q","p","before","after","since","id","span","hours","next","o","e","_changelist_filters","_popup","_to_field","session","bot","agent","text","source","expression","share","page","keyset","from","to","version","config","run","against","kind","state","pk__in","id__exact","bot__id__exact","mode","platform","target","days", "draft", "messages", "row", "cursor", "place","towards","older","newer","at", "bot_id", "trial", "update", "batch", "days", "range","since_id","created_at__gte","session__id__exact","label","period"]

def walk(patterns, prefix=""):
    for p in patterns:
        if isinstance(p, URLResolver):
            yield from walk(p.url_patterns, prefix + str(p.pattern))
        else:
            yield prefix + str(p.pattern), p

@pytest.mark.django_db(transaction=False)
def test_fuzz(kept: Rows, console: Client):
    console.raise_request_exception = False
    labels = {}
    for label in PAGES:
        try: labels[label.replace(".", "_")] = made(label, kept).pk
        except Exception as e: print("NOT MADE", label, e)
    from botplatform.models import Session
    Session.objects.filter(pk=kept.session.pk).update(mode="held", held_by="root")
    seen = set(); bad = []
    start = time.time()
    for route, p in walk(get_resolver().url_patterns):
        if route.startswith(("webhooks", "static", "oidc")) or "logout" in route or route.endswith("(?P<url>.*)$") : continue
        own = None
        for k, v in labels.items():
            app, _, model = k.rpartition("_")
            if f"{app}/{model}/" in route or f"/{model}/" in route: own = v
        conv = list(p.pattern.converters)
        import re
        def fill(val):
            return "/" + re.sub(r"<[^>]+>", str(val), route).replace("^","").replace("$","")
        urls = [fill(own or 1)] if conv else [fill(1)]
        if conv: urls += [fill(x) for x in ("0", "9"*18, "9"*19, "9"*25, "-1", "a%00b", "%ED%A0%80", "1e9")]
        for n, url in enumerate(urls):
            if url in seen: continue
            seen.add(url)
            r = console.get(url)
            if r.status_code >= 500: bad.append(("GET", url, r.exc_info and repr(r.exc_info[1])[:200]))
            if n == 0:
                print(r.status_code, url)
                for v in NASTY:
                    try: r = console.get(url, dict.fromkeys(PARAMS, v))
                    except UnicodeEncodeError: continue
                    if r.status_code >= 500: bad.append(("GETQ", url, v[:30], r.exc_info and repr(r.exc_info[1])[:200]))
                if r.status_code in (200, 302, 404, 405, 400, 403) and "password_change" not in url:
                    r = console.post(url, {})
                    if r.status_code >= 500: bad.append(("POST0", url, r.exc_info and repr(r.exc_info[1])[:200]))
                    form = None
                    g = console.get(url)
                    names = set(re.findall(r'name="([^"]+)"', g.content.decode("utf8","replace"))) if g.status_code == 200 else set()
                    names |= {"text","note","paused","why","id","person","expression","target","code","name","token","question","arguments","seen","verdict","agent","patterns"}
                    names -= {"csrfmiddlewaretoken"}
                    for v in ["\x00", "\ud800x", "9"*40, "x"*100000, "-1", "[[[", '{"a":"\\u0000"}', '{"a": "\\ud800"}', "[" * 100000]:
                        data = {nm: v for nm in names}
                        try: r = console.post(url, data)
                        except UnicodeEncodeError:
                            r = console.post(url, "&".join(f"{nm}=%ED%A0%80x" for nm in names), content_type="application/x-www-form-urlencoded")
                        if r.status_code >= 500: bad.append(("POST", url, v[:30], r.exc_info and repr(r.exc_info[1])[:300]))
    print("took", time.time()-start, len(seen))
    for b in bad: print("BAD", b)
    assert not bad
