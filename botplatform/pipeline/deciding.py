"""What people say about open approvals, by button, command or in their own words, and what they are told."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from agents.consent import asks_something
from botplatform.pipeline import approvals, asking, db
from botplatform.pipeline.approvals import By
from botplatform.pipeline.rights import Person
from botplatform.pipeline.verdicts import Decision, Meaning, Reading

_OPEN = b"""
    SELECT * FROM botplatform_approval WHERE session_id = %s AND state = 'pending' AND expires_at > now() ORDER BY number"""
# What has left for the platform by then; a question that still waits to be sent was read by nobody.
_SHOWN = b"""
    SELECT approval_id AS id FROM botplatform_reply WHERE approval_id = ANY(%s) AND kind = 'prompt'
      AND state IN ('sending', 'sent', 'unknown') AND claimed_at <= %s"""
# What became of a decision takes the place of its prompt, and is nothing that was asked.
_LAST_SAID = b"""
    SELECT r.kind, r.text, coalesce(a.asks, false) AS asks FROM botplatform_reply r
        LEFT JOIN botplatform_approval a ON a.id = r.approval_id
    WHERE r.session_id = %s AND r.kind <> 'placeholder' AND coalesce(a.state = 'pending', true)
      AND r.state IN ('sending', 'sent', 'unknown') AND r.claimed_at <= %s ORDER BY r.id DESC LIMIT 1"""
_HELD = b"SELECT 1 AS held FROM botplatform_session WHERE id = %s AND mode = 'held'"
_NUMBERED = b"SELECT * FROM botplatform_approval WHERE session_id = %s AND number = %s"
_BY_ID = b"SELECT * FROM botplatform_approval WHERE id = %s"

# Possessive throughout: no text may be slow to read.
_ARGUMENTS = re.compile(
    r"\s*+(all\b|#?\d{1,9}+(?:(?:\s*+(?:,|and\b)\s*+|\s++)#?\d{1,9}+(?!\w))*+(?!\w))?[\s,.:;-]*+(.*)\Z",
    re.DOTALL | re.IGNORECASE,
)

NOTHING_OPEN = "Nothing is waiting for your approval."
NOT_YOURS = {
    "requester": "Only the person who asked for this, or an approver, can decide it.",
    "approver": "Only an approver can decide this.",
}


@dataclass(frozen=True, slots=True)
class Toast:
    """What somebody who pressed a button reads; an alert has to be confirmed."""

    text: str
    alert: bool = False


def may_decide(approval: db.Row, person: Person) -> bool:
    """An approver decides everything, the requester what is left to him."""
    own = approval["decider"] == "requester" and person.id in approval["requesters"]
    return bool(person.id) and (person.may_approve or own)


async def still_open(connection: db.Connection, session_id: int) -> list[db.Row]:
    """The conversation's open approvals, by number."""
    return await (await connection.execute(_OPEN, (session_id,))).fetchall()


# -- buttons


async def by_button(connection: db.Connection, session_id: int, person: Person, data: str) -> Toast:
    """A pressed button: decide, or say why not. Data that we did not make for this very approval decides nothing."""
    found = re.fullmatch(r"approval:(\d{1,18}):(\w{1,3}):\w+", data)
    approval = await (await connection.execute(_BY_ID, (int(found[1]),))).fetchone() if found else None
    if found is None or approval is None or approval["session_id"] != session_id:
        return Toast("This button is no longer in use.", alert=True)
    if not asking.is_ours(approval, data):
        return Toast(
            asking.status(approval) if approval["state"] != "pending" else "This button is not valid.", alert=True
        )
    if found[2] == asking.DETAILS:
        return Toast(asking.details(approval), alert=True)
    if not may_decide(approval, person):
        return Toast(NOT_YOURS[approval["decider"]], alert=True)
    if approval["asks"]:
        return await _choose(connection, approval, person, int(found[2].removeprefix(asking.OPTION)))
    approve = found[2] == asking.APPROVE
    decided = await approvals.decide(connection, approval, approve=approve, by=By(person.id, person.name, "button"))
    if decided.won:
        return Toast("Approved." if approve else "Denied.")
    return Toast(asking.status(decided.approval), alert=True)


async def _choose(connection: db.Connection, approval: db.Row, person: Person, place: int) -> Toast:
    option = str(approval["options"][place])
    by = By(person.id, person.name, "button")
    decided = await approvals.decide(connection, approval, approve=True, by=by, comment=option)
    return Toast(f"Your answer: {option}"[:190]) if decided.won else Toast(asking.status(decided.approval), alert=True)


# -- words


async def by_answer(connection: db.Connection, session_id: int, person: Person, text: str, *, at: datetime) -> bool:
    """Take a message as the answer to the oldest question that this person was asked and that had left by this moment.

    Others' words are messages of their own; so are all while an operator, who has to read them, holds the conversation.
    """
    asked = [one for one in await still_open(connection, session_id) if one["asks"] and person.id in one["requesters"]]
    shown = await _shown(connection, asked, at) if text.strip() else []
    if not shown or await (await connection.execute(_HELD, (session_id,))).fetchone():
        return False
    answer = _option(shown[0], text.strip()[:1000])
    by = By(person.id, person.name, "message")
    return (await approvals.decide(connection, shown[0], approve=True, by=by, comment=answer)).won


def _option(approval: db.Row, text: str) -> str:
    """The option that a bare number names, else the words themselves."""
    options = approval["options"]
    return str(options[int(text) - 1]) if text in {str(n) for n in range(1, len(options) + 1)} else text


async def _shown(connection: db.Connection, approvals: Sequence[db.Row], at: datetime) -> list[db.Row]:
    """Those whose question had left by this moment."""
    ids = [approval["id"] for approval in approvals]
    shown = {row["id"] for row in await (await connection.execute(_SHOWN, (ids, at))).fetchall()}
    return [approval for approval in approvals if approval["id"] in shown]


async def _said_last(connection: db.Connection, session_id: int, at: datetime) -> db.Row:
    """The last thing people had read by then."""
    return await (await connection.execute(_LAST_SAID, (session_id, at))).fetchone() or {"kind": "", "asks": False}


async def by_message(
    connection: db.Connection, session_id: int, person: Person, reading: Reading, *, at: datetime
) -> str | None:
    """Carry out what was read in a message that came at this moment, and could be about nothing else.

    Returns what to say, empty for nothing; None when it concerns no decision of this person's.
    """
    calls = [one for one in await still_open(connection, session_id) if not one["asks"]]
    waiting = await _shown(connection, calls, at)
    if reading.meaning is Meaning.OTHER or not waiting:
        return None
    unclear = reading.meaning is Meaning.UNCLEAR
    if not any(decision.numbers for decision in reading.decisions):
        last = await _said_last(connection, session_id, at)
        if last["asks"]:  # a question of the agent's: whatever is said now is said to that
            return None
        unclear = unclear or (last["kind"] == "answer" and asks_something(last["text"]))
    if unclear:
        own = [approval for approval in waiting if may_decide(approval, person)]
        return f"I did not take that as a decision. {_how(own)}" if own else None
    return await _carry_out_all(connection, waiting, person, reading, "message")


async def _carry_out_all(
    connection: db.Connection, waiting: Sequence[db.Row], person: Person, reading: Reading, via: str
) -> str:
    """Carry out each decision. Returns what to say, empty for nothing."""
    session_id = waiting[0]["session_id"]
    said = []
    for decision in reading.decisions:
        said += await _carry_out(
            connection, waiting, decision, person, By(person.id, person.name, via), reading.comment
        )
    left = await still_open(connection, session_id)
    if left and (said or len(left) < len(waiting)):
        said.append("Still open:\n\n" + _listing(left))
    return "\n\n".join(said)


async def by_command(
    connection: db.Connection, session_id: int, person: Person, arguments: str, *, approve: bool, at: datetime
) -> str:
    """`/approve` and `/deny`, with numbers, `all`, or nothing where only one is open. Returns what to say.

    Without a number it holds for what had been shown by this moment.
    """
    waiting = await still_open(connection, session_id)
    decision, comment = _read_arguments(arguments, approve=approve)
    if decision is None:
        return f"Write a number, several, or `all`. {_how(waiting) if waiting else NOTHING_OPEN}"
    if not waiting and not decision.numbers:
        return NOTHING_OPEN
    if late := await _decided_already(connection, session_id, waiting, decision):
        return late
    if not decision.numbers and not (waiting := await _shown(connection, listed := waiting, at)):
        return f"Write the number. {_how(listed)}"
    return await _carry_out_all(connection, waiting, person, Reading(decision.meaning, (decision,), comment), "command")


def _read_arguments(arguments: str, *, approve: bool) -> tuple[Decision | None, str]:
    """Numbers or `all` come first; a denial may go on with its reason, an approval may not."""
    meaning = Meaning.APPROVE if approve else Meaning.DENY
    found = _ARGUMENTS.match(arguments)
    numbers, rest = (found[1] or "", found[2].strip()) if found else ("", arguments.strip())
    if rest and approve:
        return None, ""
    everything = numbers.lower() == "all"
    return Decision(meaning, tuple(int(one) for one in re.findall(r"\d+", numbers)), everything=everything), rest


async def _decided_already(
    connection: db.Connection, session_id: int, waiting: Sequence[db.Row], decision: Decision
) -> str:
    """What became of the numbers, when none of them is open any more."""
    if not decision.numbers or any(approval["number"] in decision.numbers for approval in waiting):
        return ""
    said = []
    for number in decision.numbers[:10]:
        approval = await (await connection.execute(_NUMBERED, (session_id, number))).fetchone()
        if approval and approval["state"] == "pending":  # its time is over, the sweep has not come yet
            await approvals.expire(connection, approval["id"])
            approval = {**approval, "state": "expired"}
        said.append(asking.status(approval) if approval else f"There is no approval {number} here.")
    return "\n".join(said)


async def _carry_out(
    connection: db.Connection, waiting: Sequence[db.Row], decision: Decision, person: Person, by: By, comment: str
) -> list[str]:
    """Decide what one decision names. Returns what to say about that which was not done."""
    numbers = set(decision.numbers)
    if not numbers and not decision.everything and len(waiting) > 1:
        return [f"There are several. {_how(waiting)}"]
    chosen = [approval for approval in waiting if not numbers or approval["number"] in numbers]
    said = [f"There is no open approval {n}." for n in sorted(numbers - {approval["number"] for approval in chosen})]
    for approval in chosen:
        if not may_decide(approval, person):
            said.append(f"{NOT_YOURS[approval['decider']]} (approval {approval['number']})")
            continue
        approve = decision.meaning is Meaning.APPROVE
        if approval["asks"] and approve:
            said.append(f"Question {approval['number']} wants an answer: write it, or choose.")
            continue
        decided = await approvals.decide(
            connection, approval, approve=approve, by=by, comment="" if approve else comment
        )
        if not decided.won:
            said.append(asking.status(decided.approval))
    return said


def _how(waiting: Sequence[db.Row]) -> str:
    first = waiting[0]["number"]
    several = " or `/approve all`" if len(waiting) > 1 else ""
    return f"Say `/approve {first}` or `/deny {first}`{several}. Open:\n\n{_listing(waiting)}"


def _listing(waiting: Sequence[db.Row]) -> str:
    return "\n".join(f"- {asking.open_line(approval)}" for approval in waiting)
