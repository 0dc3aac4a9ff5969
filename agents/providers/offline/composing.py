"""One answer to all messages of a prompt."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from agents.providers.offline.deeds import LOOKING, no_tool, told
from agents.providers.offline.quoting import has_pages, not_written, quoted
from agents.providers.offline.reading import Result, Situation
from agents.providers.offline.talk import reflect, reply
from agents.providers.offline.topics import ASK_FOR_HELP, CONNECT, TRY
from agents.providers.offline.wishes import wanted_call

SHOWN_CHARS = 80


def compose(situation: Situation, tools: Sequence[Mapping[str, Any]], system: str = "") -> str:
    """Answer each message; more than one are answered in turn, each named by its first words.

    Pages in the system prompt are quoted where they fit.
    """
    results = list(situation.results)
    answers = [_one(part, situation, tools, system, results) for part in situation.parts]
    beyond = "" in answers
    answers = [answer or reflect(part, situation.name) for part, answer in zip(situation.parts, answers, strict=True)]
    if len(answers) > 1:
        quoted = [f"> {_short(part)}\n\n{answer}" for part, answer in zip(situation.parts, answers, strict=True)]
        answers = [f"You wrote {_count(len(answers))}; one after the other:", *quoted]
    answers += [_told(result) for result in results]
    if beyond and not situation.is_task:
        answers.append(ASK_FOR_HELP if situation.earlier else f"{CONNECT}\n\n{TRY}")
    return "\n\n".join(answers)


def _one(
    part: str, situation: Situation, tools: Sequence[Mapping[str, Any]], system: str, results: list[Result]
) -> str:
    """Answer from the result of the tool that the message called for, if it did; empty if no rule fits it."""
    call = wanted_call(tools, part)
    if results and (len(situation.parts) == 1 or (call and results[0].tool == call.name)):
        return _told(results.pop(0))
    if answer := no_tool(part, tools) or quoted(system, part):
        return answer
    known = reply(part, situation, [str(tool["name"]) for tool in tools])
    return known or (not_written(system) if has_pages(system) else "")


def _told(result: Result) -> str:
    if result.is_error and result.tool in LOOKING:
        return f"I asked the tool `{result.tool}`, but it did not work out: {result.text}"
    if result.is_error or result.tool not in LOOKING:
        return told(result)
    if "\n" in result.text:
        return f"{result.text}\n\n(from the `{result.tool}` tool)"
    if result.tool == "calculator":
        return f"`{result.text}` (worked out by the `calculator` tool)"
    return f"My clock says: **{result.text.split(';')[0]}** (read with the `current_time` tool)"


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= SHOWN_CHARS else f"{line[:SHOWN_CHARS].rstrip()} …"


def _count(number: int) -> str:
    words = ["no messages", "one message", "two messages", "three messages", "four messages", "five messages"]
    return words[number] if number < len(words) else f"{number} messages"
