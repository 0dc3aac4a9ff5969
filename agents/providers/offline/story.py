"""Long answers, put together from building blocks."""

from __future__ import annotations

import re

_ASKS = re.compile(
    r"\b(stor(?:y|ies)|tale|essay|novel|fairy ?tale|geschichte|märchen|histoire|cuento|long (?:text|answer|article))\b",
    re.I,
)
_ABOUT = re.compile(r"\b(?:about|on|über|sur|sobre)\s+([^.?!\n]{2,60})", re.I)
_VERY = re.compile(r"\bvery,? (?:very )?long|extremely long|really long|as long as|sehr lang|très long|muy larg", re.I)
_LONG = re.compile(r"\blong|\blang|\blarg|essay|novel", re.I)

SHORT, LONG, VERY_LONG = 3, 13, 30
"""Nights that a story lasts."""

_WEATHER = (
    "the fog lay so thick on the water that the lamp lit only itself",
    "a warm wind from the south brought the smell of oranges",
    "hail drummed on the copper roof like a thousand impatient fingers",
    "the sea was so still that every star stood in it twice",
    "snow had buried the stairs up to the ninth step",
    "a storm had taken the last boat and left a strange one in its place",
    "the moon rose red and enormous behind the cranes of the harbour",
)
_SENDERS = (
    "a clockmaker from the hills",
    "a girl who collected lost keys",
    "two brothers who had not spoken for years",
    "the captain of a ship that never landed",
    "a baker who wrote only in flour",
    "an old teacher with a very small dog",
    "a cartographer of places that do not exist yet",
    "somebody who signed with a drawing of a heron",
    "the night watchman of the botanical garden",
    "a tuner of church bells",
    "a boy who was counting the waves",
)
_TROUBLES = (
    "the ink had run, and every third word was a blue cloud",
    "the postman's mule had eaten one corner of it",
    "it arrived twice, and the keeper had to find out which of the two was true",
    "it had been under way so long that its stamps were no longer known",
    "halfway up the stairs the wind took it, and it had to be caught from the railing",
    "it was addressed to a lighthouse that had burnt down a century ago",
    "the lamp went out exactly at the word “because”",
    "it was written in two languages that contradicted each other",
)
_DEEDS = (
    "she wrote its arrival into the great ledger before she broke the seal, as she did with every letter",
    "she read it aloud to the gulls, who are better listeners than they look",
    "she copied the first line, so that it could not be lost even if the night went badly",
    "she answered on the back of an old tide table and asked for patience",
    "she set it beside the lamp until it was dry and began again from the last word she was sure of",
    "she asked the mate to sit down, for a question like that wants two chairs",
    "she counted the pages, found one missing, and drew a line where it had been, rather than invent it",
    "she folded the reply twice, sealed it, and noted in the ledger: sent once, and once only",
    "she waited for the next letter, since the two clearly belonged together",
)
_THOUGHTS = (
    "Nothing is late, she thought, as long as somebody still expects it.",
    "A light does not ask who is looking; that is the whole of its kindness.",
    "Whoever writes a thing down before doing it can be interrupted by anything and still go on.",
    "It is no shame not to know an answer; it is only a shame to make one up.",
    "The sea keeps no ledger, and so it has to do everything over and over.",
    "Two who hold the same lamp hold nothing; one has to let go.",
    "The shortest letters are the ones that had been the longest.",
    "She slept badly and was glad of it, for the best letters came before dawn.",
    "Every harbour is only a promise that somebody keeps.",
    "What is true in the ledger in the evening is still true in the morning.",
)
_OPENINGS = (
    "On the {nth} night {weather}. The letter came from {sender} and spoke of {topic}, but {trouble}. So {deed}. "
    "{thought}",
    "The {nth} night began quietly, though {weather}. Towards midnight somebody knocked: a letter of {sender}, once "
    "more about "
    "{topic}. It would have been easy to read, only {trouble}. {deed_capital}. {thought}",
    "“{topic_capital} again,” said the keeper on the {nth} night, while {weather}. This time it was {sender} who had "
    "written, "
    "and this time {trouble}. Without hurry {deed}. {thought}",
)


def asks_story(text: str) -> bool:
    return _ASKS.search(text) is not None


def story(text: str) -> str:
    """A story of as many nights as the message asks for; a very long one has more than 9,000 characters."""
    nights = VERY_LONG if _VERY.search(text) else LONG if _LONG.search(text) else SHORT
    found = _ABOUT.search(text)
    topic = found.group(1).strip(" ,\"'“”") if found else "a journey that had begun without its traveller"
    chapters = [_night(number, topic) for number in range(nights)]
    return "\n\n".join([f"# The keeper of the letters\n\n{_beginning(topic)}", *chapters, _end(nights)])


def _beginning(topic: str) -> str:
    return (
        "_I am the offline model: this story is put together from building blocks, by rules, and always in the same "
        "way._\n\n"
        "At the end of the longest pier stood a lighthouse to which people sent the letters that nobody else could "
        "answer. "
        f"Most of them, that autumn, were about {topic}."
    )


def _night(number: int, topic: str) -> str:
    deed = _DEEDS[number * 4 % len(_DEEDS)]
    return _OPENINGS[number % len(_OPENINGS)].format(
        nth=_ordinal(number + 1),
        weather=_WEATHER[number % len(_WEATHER)],
        sender=_SENDERS[number * 3 % len(_SENDERS)],
        trouble=_TROUBLES[number * 5 % len(_TROUBLES)],
        deed=deed,
        deed_capital=deed[0].upper() + deed[1:],
        thought=_THOUGHTS[number * 7 % len(_THOUGHTS)],
        topic=topic,
        topic_capital=topic[0].upper() + topic[1:],
    )


def _end(nights: int) -> str:
    return (
        f"After {nights} nights the pier was quiet. In the ledger stood {nights} letters and {nights} answers, none "
        f"missing "
        "and none twice, and the keeper put out the lamp, because it was morning."
    )


def _ordinal(number: int) -> str:
    words = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth")
    if number <= len(words):
        return words[number - 1]
    ending = {1: "st", 2: "nd", 3: "rd"}.get(number % 10 if number % 100 not in (11, 12, 13) else 0, "th")
    return f"{number}{ending}"
