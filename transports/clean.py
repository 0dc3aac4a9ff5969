"""Hostile bytes into values that PostgreSQL and a prompt can take."""

from __future__ import annotations

import json
import re
from typing import Any, NoReturn

from transports.errors import Unreadable


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


_DECODER = json.JSONDecoder(parse_constant=_refuse_constant)

# PostgreSQL stores neither; lone surrogates cannot be encoded as UTF-8 at all.
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")

_INVISIBLE = re.compile(
    "["
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u3164\uffa0"  # soft hyphen, joiners, fillers
    "\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff"  # zero width, bidi controls, separators
    "\ufe00-\ufe0d\ufff9-\ufffb"  # variation selectors other than the two that emoji need
    "\U000e0000-\U000e0fff"  # tags and the selectors beyond them: a hidden alphabet
    "]"
)


def load_object(body: bytes) -> dict[str, Any]:
    """Read a JSON object in UTF-8 or UTF-16, with or without a byte order mark; of a repeated key the last counts.

    Raises Unreadable, and nothing else, with a reason that holds none of the body.
    """
    try:
        value = _DECODER.decode(body.decode(json.detect_encoding(body), "surrogatepass"))
    except RecursionError:
        raise Unreadable("nested too deeply") from None
    except json.JSONDecodeError as error:
        raise Unreadable(f"not JSON: {error.msg} at character {error.pos}") from None
    except UnicodeDecodeError as error:
        raise Unreadable(f"not text: {error.reason} at byte {error.start}") from None
    except ValueError:
        raise Unreadable("holds a number that cannot be read") from None
    if not isinstance(value, dict):
        raise Unreadable(f"not a JSON object but {type(value).__name__}")
    return value


def clean_text(text: str) -> str:
    """Remove NUL and lone surrogates; everything else stays, right-to-left marks included."""
    return _UNSTORABLE.sub("", text)


def revealed(text: str) -> str:
    """What a reader cannot see written as \\u escapes, as JSON has them: for people who must know what they agree to."""
    return _INVISIBLE.sub(lambda found: json.dumps(found[0])[1:-1], text)


def strip_invisible(text: str) -> str:
    """Remove what a reader cannot see but a model reads: zero-width, tag and bidi characters. For prompts only."""
    return _INVISIBLE.sub("", text)
