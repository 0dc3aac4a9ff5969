"""route(): choose the agent for a batch, patterns first, then the model, and record why."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from decimal import Decimal
from typing import Any

import structlog
from django.conf import settings
from psycopg.types.json import Jsonb

from agents.base import AgentError, Turn
from agents.providers.base import Usage
from agents.providers.prices import cost, shipped_price
from agents.registry import STAND_INS
from agents.routing.answers import asks
from agents.routing.classifying import Classified, Question, Unclassified, classify
from agents.routing.target import HITL, SIMPLE, Classification, choose
from botplatform import logs, signals
from botplatform.pipeline import configs, db, rulebook
from botplatform.pipeline.bots import BotRow
from botplatform.pipeline.composing import Place
from botplatform.pipeline.leases import Lease

log = structlog.get_logger(__name__)

CONTEXT_MESSAGES = 3
"""Earlier messages that the router's model is shown."""

_KNOWN = "SELECT method, target FROM botplatform_route WHERE batch_id = %s"
# A batch that is claimed again keeps the decision it has.
_RECORD = """
    INSERT INTO botplatform_route (batch_id, method, rule, classification, target, latency_ms, version_id, note, model,
        tokens_in, tokens_out, cost_usd, debug)
    SELECT id, %(method)s, %(rule)s, %(classification)s, %(target)s, %(latency_ms)s, %(version_id)s, %(note)s, %(model)s,
        %(tokens_in)s, %(tokens_out)s, %(cost_usd)s, %(debug)s
    FROM botplatform_batch WHERE id = %(batch)s AND epoch = %(epoch)s AND state = 'processing'
    ON CONFLICT (batch_id) DO UPDATE SET target = botplatform_route.target RETURNING method, target"""


@dataclass(frozen=True, slots=True)
class Decision:
    """Which agent answers, and how that was found."""

    method: str
    target: str
    rule: str = ""
    classification: Mapping[str, Any] | None = None
    version_id: int | None = None
    note: str = ""
    model: str = ""
    tokens_in: int = 0
    tokens_out: int = 0
    cost_usd: Decimal = Decimal(0)
    debug: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Asked:
    """What is to be routed, and where."""

    bot: BotRow
    place: Place
    turns: Sequence[Turn]
    user_id: str
    waiting: Sequence[str]
    """Approvals that are open in the conversation."""

    @property
    def text(self) -> str:
        return self.turns[-1].text

    @property
    def answers_a_question(self) -> bool:
        """Whether the bot's last message put a question, so that "yes" may be the answer to it."""
        before = self.turns[-2] if len(self.turns) > 1 else None
        return before is not None and before.role == "assistant" and asks(before.text)


async def route(lease: Lease, batch: db.Row, asked: Asked) -> Decision:
    """The batch's agent. A decision that is stored already stands. Raises LeaseLost."""
    if known := await db.row(_KNOWN, (lease.batch_id,)):
        return Decision(known["method"], known["target"])
    began = time.monotonic()
    place = {"batch_id": lease.batch_id, "session_id": batch["session_id"]}
    await signals.tell(signals.before_route, **place, platform=asked.place.platform, text=asked.text)
    decision = await decide(asked, lease.check)
    latency_ms = round((time.monotonic() - began) * 1000)
    await _record(lease, decision, latency_ms)
    _tell(decision, batch, asked, latency_ms)
    outcome = {"method": decision.method, "target": decision.target, "classification": decision.classification}
    await signals.tell(signals.after_route, **place, **outcome)
    return decision


async def decide(asked: Asked, check: Callable[[], None], router: configs.Published | None = None) -> Decision:
    """The choice alone: nothing is recorded, nobody told. `router` is asked in the place of the published one."""
    return await _with_note(await _decide(asked, check, router))


async def _with_note(decision: Decision) -> Decision:
    """Say so where the target is not there and another agent stands in."""
    if await configs.exists(decision.target):
        return decision
    missing = f"{decision.target} is not installed: {STAND_INS.get(decision.target, SIMPLE)} answers"
    return replace(decision, note="; ".join(one for one in (decision.note, missing) if one))


async def _decide(asked: Asked, check: Callable[[], None], router: configs.Published | None) -> Decision:
    if not asked.bot.routing:
        return Decision("direct", asked.bot.direct_agent or SIMPLE)
    rules = await rulebook.current()
    rule = rules.patterns.decide(asked.text, asked.place.platform, asked=asked.answers_a_question)
    debug = _tried(rules, asked) if settings.ROUTER_DEBUG else None
    if rule is not None:
        return Decision("pattern", rule.target, rule=rule.name, version_id=rules.version_id, debug=debug)
    decision = await _ask_model(asked, check, router)
    return replace(decision, version_id=rules.version_id, debug={**debug, **(decision.debug or {})} if debug else None)


async def _ask_model(asked: Asked, check: Callable[[], None], router: configs.Published | None) -> Decision:
    """The router's model; what it cannot say in time goes to the simple agent, recorded as such."""
    model = ""
    try:
        router = router or await configs.router(asked.place)
        model = router.settings.model
        provider, bare = configs.provider(model)
        question = Question(asked.text, asked.place.platform, asked.turns[-1 - CONTEXT_MESSAGES : -1], _state(asked))
        found = await classify(question, provider=provider, model=bare, prompt=router.settings.prompt, check=check)
    except Unclassified as error:
        return Decision("fallback", SIMPLE, note=error.reason, model=model, debug={"raw": logs.redact(str(error.raw))},
                        **await _spent(model, error.usage))  # fmt: skip
    except (AgentError, LookupError) as error:
        return Decision("fallback", SIMPLE, note=str(error), model=model)
    return await _classified(found, model)


async def _classified(found: Classified, model: str) -> Decision:
    target, note = await _claimed(found.classification)
    return Decision(
        "model", target, classification=found.classification.model_dump(mode="json"), note=note, model=model,
        debug={"raw": logs.redact(str(found.raw)), "attempts": found.attempts}, **await _spent(model, found.usage),
    )  # fmt: skip


async def _claimed(classification: Classification) -> tuple[str, str]:
    """The target, and why it is not the usual one: an agent of the operator's may have taken the category over."""
    target = choose(classification)
    if target == HITL:
        return target, ""
    owner = await configs.by_category(str(classification.category))
    return (owner, f"{owner} has taken over the category {classification.category}") if owner else (target, "")


async def _spent(model: str, usage: Usage) -> dict[str, Any]:
    prices = await configs.prices()
    price = prices.get(model) or prices.get(f"anthropic:{model}") or shipped_price(model.partition(":")[2] or model)
    return {
        "tokens_in": usage.tokens_in + usage.cache_read + usage.cache_write,
        "tokens_out": usage.tokens_out,
        "cost_usd": cost(price, usage) if price else Decimal(0),
    }


def _state(asked: Asked) -> str:
    """The session's state in a sentence or two."""
    return (
        f"Waiting for a decision: {'; '.join(asked.waiting)}" if asked.waiting else "Nothing is waiting for a decision."
    )


def _tried(rules: rulebook.Rulebook, asked: Asked) -> dict[str, Any]:
    """With ROUTER_DEBUG: which patterns were tried, and how many matched for each target."""
    tried = rules.patterns.tried(asked.text, asked.place.platform)
    matched = [name for name, hit in tried if hit]
    scores: dict[str, int] = {}
    for pattern in rules.patterns.patterns:
        if pattern.name in matched:
            scores[pattern.target] = scores.get(pattern.target, 0) + 1
    return {"tried": [name for name, _ in tried], "matched": matched, "scores": scores}


async def _record(lease: Lease, decision: Decision, latency_ms: int) -> None:
    values = {
        **asdict(decision), "batch": lease.batch_id, "epoch": lease.epoch, "latency_ms": latency_ms,
        "classification": Jsonb(dict(decision.classification)) if decision.classification else None,
        "debug": Jsonb(dict(decision.debug)) if decision.debug else None, "note": decision.note[:1000],
    }  # fmt: skip
    if not await db.row(_RECORD, values):
        raise lease.forfeit()


def _tell(decision: Decision, batch: db.Row, asked: Asked, latency_ms: int) -> None:
    said = decision.classification or {}
    more = {"debug": decision.debug} if decision.debug else {}
    log.info(
        "router.query_classified", query_id=batch["request_id"], type=said.get("type"), category=said.get("category"),
        complexity=said.get("complexity"), routed_to=decision.target, latency_ms=latency_ms, user_id=asked.user_id,
        method=decision.method, rule=decision.rule, **more,
    )  # fmt: skip
