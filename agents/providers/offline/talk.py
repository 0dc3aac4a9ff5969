"""What the offline model says to one message."""

from __future__ import annotations

import re
import zlib
from collections.abc import Sequence

from agents.providers.offline.greetings import GREETINGS
from agents.providers.offline.reading import Situation, gives_name
from agents.providers.offline.story import asks_story, story
from agents.providers.offline.topics import JOKES, TOPICS
from agents.providers.offline.wishes import asks_time, sum_in

_MY_NAME = re.compile(r"\bwhat(?:'s| is) my name\b|\bdo you (?:know|remember) (?:my name|me)\b|\bwho am i\b", re.I)
_BEFORE = re.compile(
    r"\bwhat did i (?:say|ask|write|tell you)\b|\bdo you remember what\b|\bmy (?:last|first) message\b", re.I
)
_JOKE = re.compile(r"\bjoke|make me laugh|\bwitz\b|\bblague\b|\bchiste\b", re.I)
_THANKS = re.compile(r"\b(thanks|thank you|thx|danke|merci|gracias|grazie|obrigad[oa]|спасибо)\b|ありがとう|谢谢", re.I)
_BYE = re.compile(r"^\W*(bye|goodbye|see you|good night|tschüss|au revoir|adiós|ciao ciao)\b", re.I)
_FEELING = re.compile(r"\bhow are you\b|\bhow do you do\b|\bwie geht|\bça va\b|\bcómo estás\b|\bcome stai\b", re.I)
_QUESTION = re.compile(r"\?\s*$|^\W*(what|who|why|when|where|which|how|can|could|should|is|are|do|does|will)\b", re.I)


def reply(text: str, situation: Situation, tools: Sequence[str]) -> str:
    """Answer one message; empty if no rule fits it."""
    if gives_name(text):
        return (
            f"Nice to meet you, {situation.name}! I will remember your name for as long as this conversation goes on."
        )
    if _MY_NAME.search(text):
        return _my_name(situation.name)
    if _BEFORE.search(text):
        return _before(situation.earlier)
    if asks_story(text):
        return story(text)
    if asks_time(text) or sum_in(text):
        return _no_tool(text, tools)
    return _small_talk(text, situation) or _topic(text) or _greeting(text, situation.name)


def _small_talk(text: str, situation: Situation) -> str:
    if _JOKE.search(text):
        return JOKES[(zlib.crc32(text.encode()) + len(situation.earlier)) % len(JOKES)]
    if _THANKS.search(text):
        return "You are welcome! Is there anything else you would like to try?"
    if _BYE.match(text):
        return f"Goodbye{_addressed(situation.name)}! Everything you wrote is kept safe; just write again to go on."
    if _FEELING.search(text):
        return "Quite well, thank you: my rules are few and none of them is broken. And how are you?"
    return ""


def _topic(text: str) -> str:
    return next((answer for words, answer in TOPICS if re.search(words, text, re.IGNORECASE)), "")


def _greeting(text: str, name: str) -> str:
    for words, greeting, offline in GREETINGS:
        if re.match(rf"\W*(?:{words})(?!\w)", text, re.IGNORECASE):
            return f"{greeting}{_addressed(name)}! {offline}"
    return ""


def _my_name(name: str) -> str:
    return f"You told me that your name is {name}." if name else 'You have not told me yet. Write "my name is …".'


def _before(earlier: Sequence[str]) -> str:
    if not earlier:
        return "Nothing yet: this is the first message of our conversation."
    shown = "\n".join(f"- {' '.join(each.split())[:120]}" for each in earlier[-5:])
    return f"The last things you wrote before this were:\n\n{shown}"


def _no_tool(text: str, tools: Sequence[str]) -> str:
    wanted, name = ("a clock", "current_time") if asks_time(text) else ("a calculator", "calculator")
    reason = "was of no use" if name in tools else "is not switched on for me"
    return f"For that I need {wanted}, and the tool `{name}` {reason}. Guessing would be worse than saying so."


def reflect(text: str, name: str) -> str:
    """Say back what was asked, and that the answer is out of reach."""
    said = " ".join(text.split())
    if not said:
        return "Your message holds no text that I can read."
    shown = said if len(said) <= 200 else f"{said[:200].rstrip()} …"
    verb = "ask" if _QUESTION.search(said) else "say"
    return (
        f"You {verb}: “{shown}”\n\nI have read every word of it{_addressed(name)}, but as an offline model I follow "
        f"fixed rules and know nothing of the world: I can't give you a real answer to that."
    )


def _addressed(name: str) -> str:
    return f", {name}" if name else ""
