"""Bare answers: what "yes" or "ok" means depends on what the bot has just asked, which no pattern sees."""

from __future__ import annotations

import re

LAST_CHARS = 400
"""A question stands at the end of a message."""
MAX_WORDS = 5

_ASKS = re.compile(r"[?？]|\bappro|\bconfirm|\bdeny\b|\b(?:i would|shall i|should i|may i)\b", re.IGNORECASE)
_CONSENT = """
    yes yeah yep yup ya ye yea aye sure fine correct right exactly absolutely definitely please do go approve approved
    accept confirm confirmed agreed proceed ok okay okey oki k kk alright cool good great nice perfect sounds all both
    ja jo jep klar gerne genau passt mach bitte oui ouais d'accord vas si sí claro vale dale sim pode certo va bene
    да ага конечно хорошо ок tak dobrze evet tamam はい うん 是 是的 好 好的 对 네 👍 ✅ ✔ 👌 🆗 🙏"""
_REFUSAL = """
    no nope nah nay not never don't dont stop cancel deny denied reject abort nein nee nicht non pas nunca não nao
    нет не nie hayır いいえ 不 不要 아니요 👎 ❌"""
_CHOICE = "first second third one two later maybe whatever either neither"
_WORDS = frozenset(f"{_CONSENT} {_REFUSAL} {_CHOICE}".split())


def asks(text: str) -> bool:
    """Whether a message of the bot put a question or an action to the person."""
    return _ASKS.search(text[-LAST_CHARS:]) is not None


def is_bare_answer(message: str) -> bool:
    """Whether a message is a few words that begin with consent, refusal or acknowledgement."""
    words = message.split(maxsplit=MAX_WORDS)
    return 0 < len(words) <= MAX_WORDS and _first(words[0]) in _WORDS


def _first(word: str) -> str:
    return word.casefold().strip("!.,;:…'\"()") or word
