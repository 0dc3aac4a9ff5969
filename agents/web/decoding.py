"""What kind of text an answer is, and its characters."""

from __future__ import annotations

import codecs
import re

from agents.web.errors import Unreadable

HTML = frozenset({"text/html", "application/xhtml+xml"})
# Python knows codecs beside these that are slow on purpose-made input, or that are not encodings of text.
_CHARSET = re.compile(
    r"(?:utf-?8(?:-sig)?|utf-?16(?:-?[lb]e)?|us-ascii|ascii|latin-?1|iso-?8859-?\d{1,2}|(?:windows|cp)-?125\d|cp-?866|koi8-[rut]|"
    r"gb2312|gbk|gb18030|big5(?:-hkscs)?|shift[_-]jis|sjis|euc-(?:jp|kr)|iso-2022-jp|tis-620|mac-?(?:roman|intosh))"
)
_META = re.compile(rb"""<meta[^>]{0,200}?charset\s*=\s*["']?\s*([A-Za-z0-9_:.-]{2,40})""", re.IGNORECASE)
_LOOKS_LIKE_HTML = re.compile(
    rb"^\s*(?:<!--.{0,500}?-->\s*)?<(?:!doctype html|html|head|body)\b", re.IGNORECASE | re.DOTALL
)
_BOMS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
_READABLE = re.compile(r"text/[\w.+-]+|application/(?:json|xml|ld\+json|yaml|x-yaml|javascript|[\w.-]+\+(?:json|xml))")


def media_type(content_type: str, body: bytes) -> str:
    """What an answer is, in lower case without parameters. Raises Unreadable for what is not text.

    Images, archives and whatever else is not text are told apart by what they call themselves, or by their NUL bytes.
    """
    named = content_type.partition(";")[0].strip().lower()
    if named in ("", "application/octet-stream", "application/x-unknown", "text/plain"):
        if _LOOKS_LIKE_HTML.match(body[:1_000]) and named != "text/plain":
            return "text/html"
        if b"\0" in body[:4_000] and not body.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
            raise Unreadable("The address leads to a file that is not text; it cannot be read here.")
        return "text/plain"
    if named == "application/pdf":
        raise Unreadable("The address leads to a PDF file, which cannot be read here. Look for the same as a web page.")
    if named in HTML or _READABLE.fullmatch(named):
        return named
    kind = named if re.fullmatch(r"[\w.+/-]{3,60}", named) else "unknown type"
    raise Unreadable(f"The address leads to a file of the kind {kind}, which cannot be read here.")


def decode(body: bytes, content_type: str) -> str:
    """An answer's characters; what fits no encoding becomes U+FFFD."""
    for mark, name in _BOMS:
        if body.startswith(mark):
            return body.decode(name, "replace")
    header = re.search(r"charset\s*=\s*[\"']?\s*([\w:.-]{2,40})", content_type, re.IGNORECASE)
    meta = _META.search(body[:4_000])
    for named in (header.group(1) if header else "", meta.group(1).decode("ascii") if meta else ""):
        name = named.lower()
        if _CHARSET.fullmatch(name):
            return body.decode(_python_name(name), "replace")
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError as error:
        cut_inside = error.reason == "unexpected end of data"
        return body.decode("utf-8" if cut_inside else "cp1252", "replace")


def _python_name(name: str) -> str:
    """Browsers read Latin-1 and ASCII as Windows-1252: https://encoding.spec.whatwg.org/#names-and-labels"""
    if name in ("ascii", "us-ascii", "latin1", "latin-1", "iso-8859-1", "iso8859-1"):
        return "cp1252"
    try:
        return codecs.lookup(name).name
    except LookupError:
        return "utf-8"
