"""Words that confirm or refuse and say nothing else. They decide nothing here; they tell what a message is about."""

from __future__ import annotations

import re

MESSAGE_CHARS = 200
SHORT_WORDS = 8

_DECISIONS = (
    r"yes|yep|yeah|yup|y|ok|okay|sure|agreed|go ahead|go for it|do it|do that|proceed|i confirm|confirm(?:ed)?|"
    r"i approve|approved?|accept(?:ed)?|i agree|no|nope|nah|n|do not(?: do it)?|don['’]?t(?: do (?:it|that))?|not now|"
    r"cancel|stop|abort|deny|denied|i refuse|refused?|reject(?:ed)?|leave it|"
    r"ja|jawohl|gerne?|mach das|mach (?:das |es )?nicht|genehmigt|einverstanden|nein|nee|lieber nicht|abbrechen|"
    r"oui|d['’]accord|vas-y|allez-y|non|pas maintenant|annule[rz]?|s[ií]|vale|claro|adelante|hazlo|cancela|"
    r"sim|pode fazer|pode|não|nao|sì|va bene|fallo|annulla|да|давай|хорошо|нет|не надо|отмена|"
    r"はい|お願いします|いいえ|やめて|是|是的|好|好的|可以|不|不要|不用"
)
_BESIDE = (
    r"@[\w-]+|please|pls|plz|thanks|thank you|thx|bitte|danke|s['’]il (?:te|vous) pla[iî]t|merci|por favor|gracias|"
    r"per favore|grazie|obrigad[oa]|пожалуйста|спасибо|it|them|that|this|both|all|and|und|et|y|e|number|nr|#?\d{1,6}"
)
# Atomic, so that no message can make it slow.
_BARE = re.compile(rf"(?:[^\w@#]*+(?>(?:{_DECISIONS}|{_BESIDE})(?!\w)))++\W*", re.IGNORECASE)
_DECISION = re.compile(rf"(?<!\w)(?:{_DECISIONS})(?!\w)", re.IGNORECASE)
_THUMBS = str.maketrans({"👍": " yes ", "👎": " no ", "✅": " yes ", "❌": " no "})
_SEPARATOR = re.compile(r"\n[ \t]*+-{3,}+[ \t]*+\n")
_AUTHOR = re.compile(r"^[^:\n]{1,64}:\s+")
_QUESTION = re.compile(r"[?？؟](?=[\s\"'”’»)\]*_~]|$)", re.MULTILINE)
_CODE = re.compile(r"```.*?```|`[^`\n]*`", re.DOTALL)


def is_bare(text: str) -> bool:
    """Whether each of the messages confirms or refuses and says nothing else."""
    return all(_is_bare(part) or _is_bare(_AUTHOR.sub("", part)) for part in _SEPARATOR.split(text.strip()))


def mentions_decision(text: str) -> bool:
    """Whether a short message has a word of consent or refusal in it."""
    return len(text.split()) <= SHORT_WORDS and _DECISION.search(text.translate(_THUMBS)) is not None


def asks_something(text: str) -> bool:
    """Whether there is a question in a text, outside code and links."""
    return _QUESTION.search(_CODE.sub("", text)) is not None


def _is_bare(text: str) -> bool:
    words = text.translate(_THUMBS).strip()
    return len(words) <= MESSAGE_CHARS and bool(_BARE.fullmatch(words) and _DECISION.search(words))
