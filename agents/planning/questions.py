"""What a research is made of: sub-questions, as many as the effort is worth."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import structlog

from agents.asking import Formless, ask
from agents.base import PlanDraft, RunContext
from agents.planning.checking import DESCRIPTION_CHARS, SUMMARY_CHARS, TASK_CHARS, Unsound
from agents.planning.planner import mending
from agents.planning.schema import QUESTIONS_FORM
from agents.plans import PlannedStep
from agents.schema import unfit
from agents.synthesis.results import messages_with
from agents.text import cut_end, strip_invisible

log = structlog.get_logger(__name__)

EFFORTS = {"minimal": (1, 2), "standard": (3, 5), "thorough": (6, 10)}
"""Effort → how many sub-questions, at least and at most."""
QUESTIONS, REPAIR = "research-plan", "research-plan-repair"
"""Purposes of model calls, as their steps store them."""
WORKER = "research"

PLANNING = """\
You are planning now. Judge the effort, unless the person has said it{said}: minimal (1 or 2 sub-questions: one fact, one \
look-up), standard (3 to 5: several aspects or sources), thorough (6 to 10: a survey, a decision that much depends on). Cut \
the request into that many sub-questions. Each is looked into by a researcher of its own, at the same time, who sees neither \
the request nor the others: it has to make sense by itself, name what to look for, and overlap with no other.

Answer with nothing but one JSON object: {{"effort", "summary", "questions": [{{"title", "question"}}]}}."""
_SAID = re.compile(
    r"\b(minimal|standard|thorough)(?:[ -]effort|\s+research)\b|\beffort\s*[:=]\s*(minimal|standard|thorough)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Question:
    """One sub-question; `title` is for people."""

    title: str
    text: str


async def questions(context: RunContext, prompt: str) -> PlanDraft:
    """The sub-questions as a plan whose steps do not wait for each other. Raises AgentError when no model answers.

    What a model makes of the request is mended once and then used as far as it goes: at worst the request itself is
    looked into, as a single question.
    """
    said = _said(context.query)
    system = f"{prompt}\n\n{PLANNING.format(said=f': it is {said}' if said else '')}"
    messages = messages_with(context)
    await context.progress("Planning the research …")
    value: dict[str, Any] = {}
    try:
        asked = await ask(context, QUESTIONS_FORM, purpose=QUESTIONS, system=system, messages=messages)
        value = asked.value
        if problems := _problems(value, said):
            log.info("research.unsound", problems=problems)
            mended = [*messages, *mending(asked, Unsound(problems))]
            asked = await ask(context, QUESTIONS_FORM, purpose=REPAIR, system=system, messages=mended)
            value = asked.value
    except Formless as error:
        log.info("research.unplanned", reason=str(error))
    return _draft(value, said, context.query)


def _said(query: str) -> str:
    """The effort that the person names."""
    found = _SAID.search(query)
    return (found[1] or found[2]).lower() if found else ""


def _problems(value: dict[str, Any], said: str) -> list[str]:
    if wrong := unfit(QUESTIONS_FORM.schema, value):
        return [f"It does not have the form that was asked for: {wrong}."]
    effort, count = said or value["effort"], len(_found(value))
    least, most = EFFORTS[effort]
    if least <= count <= most:
        return []
    return [f"It has {count} different sub-questions; for the effort {effort} there have to be {least} to {most}."]


def _found(value: dict[str, Any]) -> list[Question]:
    """The sub-questions that can be used, each once."""
    kept: dict[str, Question] = {}
    given = value.get("questions")
    for raw in given if isinstance(given, list) else []:
        if isinstance(raw, dict) and isinstance(raw.get("question"), str):
            text = strip_invisible(raw["question"]).strip()
            title = " ".join(strip_invisible(str(raw.get("title") or text)).split())[:DESCRIPTION_CHARS]
            if text:
                kept.setdefault(" ".join(text.casefold().split()), Question(title, text))
    return list(kept.values())


def _draft(value: dict[str, Any], said: str, query: str) -> PlanDraft:
    effort = said or str(value.get("effort"))
    effort = effort if effort in EFFORTS else "minimal"
    found = _found(value)[: EFFORTS[effort][1]] or [Question(" ".join(query.split())[:DESCRIPTION_CHARS], query)]
    summary = " ".join(strip_invisible(str(value.get("summary") or found[0].title)).split())[:SUMMARY_CHARS]
    steps = tuple(
        PlannedStep(f"question-{number}", each.title, WORKER, cut_end(each.text, TASK_CHARS))
        for number, each in enumerate(found, start=1)
    )
    return PlanDraft(f"{summary} (effort: {effort})", steps)
