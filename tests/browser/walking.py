"""Every kind of page that links lead to, each once: what a new page needs to be looked at is a link to it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import urlsplit

from playwright.sync_api import Page

_LEFT_OUT = re.compile(r"/(logout|export|jsi18n)/|\.(json|svg|css|js)$")
MOST = 200


def shape(address: str) -> str:
    """The same for all rows of a kind: ids and names in the path are one."""
    path = urlsplit(address).path
    return re.sub(r"/(\d+)(?=/)", "/N", path)


def walk(page: Page, *, start: str = "/admin/") -> Iterator[str]:
    """Open one page after the other; yields each page's address while it is open."""
    waiting, seen = [start], {shape(start)}
    for _ in range(MOST):
        if not waiting:
            return
        address = waiting.pop(0)
        page.goto(address, wait_until="load")
        yield address
        links = page.locator("a[href]").evaluate_all("links => links.map(link => link.href)")
        for link in links:
            parts = urlsplit(link)
            path = parts.path + (f"?{parts.query}" if parts.query else "")
            ours = parts.netloc == urlsplit(page.url).netloc and parts.path.startswith("/admin/")
            if ours and not _LEFT_OUT.search(parts.path) and shape(path) not in seen:
                seen.add(shape(path))
                waiting.append(path)
    raise AssertionError(f"more than {MOST} kinds of pages, the last one {address}")
