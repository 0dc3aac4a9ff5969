"""The question to a person where the conversation is, in words and buttons, and later what became of it."""

from __future__ import annotations

import hashlib
import hmac
import json
import re
from dataclasses import replace

import structlog
from django.conf import settings
from psycopg.types.json import Jsonb

from botplatform.pipeline import bots, db
from botplatform.pipeline.permits import canonical
from transports.base import Button, Part, Transport
from transports.clean import revealed

log = structlog.get_logger(__name__)

SUMMARY_CHARACTERS = 300
ARGUMENT_CHARACTERS = 1500
"""Of the arguments in a prompt; the console shows them whole, and Details more of them."""
QUESTION_CHARACTERS = 1500
"""Of a question of the agent's own, which nobody could answer who reads a part of it."""
APPROVE, DENY, DETAILS, OPTION = "a", "d", "i", "o"
_NAMES = {APPROVE: "Approve", DENY: "Deny", DETAILS: "Details"}
OUTCOMES = {
    "approved": "✅ Approved", "executed": "✅ Approved", "denied": "🚫 Denied",
    "expired": "⌛ Expired: nobody decided in time", "void": "✖️ No longer needed",
}  # fmt: skip


# -- buttons: their data names the approval and proves that we made it, for exactly these arguments


def _seal(approval: db.Row, what: str) -> str:
    message = f"approval:{approval['id']}:{what}:{approval['arguments_hash']}".encode()
    return hmac.new(settings.SECRET_KEY.encode(), message, hashlib.sha256).hexdigest()[:24]


def button_data(approval: db.Row, what: str) -> str:
    """At most 64 bytes: which approval, what to do, and an HMAC over both and the hash of the arguments."""
    return f"approval:{approval['id']}:{what}:{_seal(approval, what)}"


def is_ours(approval: db.Row, data: str) -> bool:
    """Whether we made this data for the approval as it stands."""
    given = data.encode("utf-8", "replace")
    known = [f"{OPTION}{number}" for number in range(len(approval["options"]))] if approval["asks"] else _NAMES
    return any(hmac.compare_digest(given, button_data(approval, what).encode()) for what in known)


def buttons(approval: db.Row) -> list[list[Button]]:
    """Approve, Deny, Details; of a question its options, one a row."""
    if approval["asks"]:
        return [
            [Button(option[:60], button_data(approval, f"{OPTION}{n}"))] for n, option in enumerate(approval["options"])
        ]
    return [[Button(name, button_data(approval, what)) for what, name in _NAMES.items()]]


# -- words


def question(approval: db.Row) -> str:
    """The prompt in Markdown: what would be done, why it is asked, how to decide, until when."""
    number = approval["number"]
    if approval["asks"]:
        return _question(approval)
    lines = [f"**May I do this?** (approval {number})", summary(approval)]
    if said := revealed(approval["said"].strip()[:600]):
        lines.append("\n".join(f"> {line}" for line in said.splitlines()))
    lines.append(f"Tool `{approval['tool']}`, risk {approval['risk']}: {approval['reason']}.{_arguments(approval)}")
    who = "You decide" if approval["decider"] == "requester" else "An approver decides"
    lines.append(f"{who}: `/approve {number}` or `/deny {number}`, until {approval['expires_at']:%H:%M} UTC.")
    return "\n\n".join(lines)


def _question(approval: db.Row) -> str:
    """A question of the agent's own, with its options where there are any."""
    options = "\n".join(f"{place}. {_plain(revealed(option))}" for place, option in enumerate(approval["options"], 1))
    said = revealed(approval["said"].strip()[:600])
    asked = _one_line(approval["summary"], QUESTION_CHARACTERS)
    parts = [said, f"**Question {approval['number']}:** {_plain(asked)}", options]
    return "\n\n".join(part for part in (*parts, "Answer in your own words, or choose." if options else "") if part)


def summary(approval: db.Row) -> str:
    """On one line and bounded: it may quote arguments, which must neither imitate the rest of the question nor hide it."""
    return _one_line(approval["summary"], SUMMARY_CHARACTERS)


def _one_line(text: str, longest: int) -> str:
    line = " ".join(revealed(text).split())
    return line if len(line) <= longest else f"{line[:longest]}…"


def _arguments(approval: db.Row) -> str:
    if not approval["arguments"]:
        return ""
    text = revealed(json.dumps(approval["arguments"], indent=2, ensure_ascii=False, sort_keys=True)).replace(
        "```", "'''"
    )
    cut = f"{text[:ARGUMENT_CHARACTERS]}\n… ({len(text)} characters; all of them in the console)"
    return f"\n\n```json\n{text if len(text) <= ARGUMENT_CHARACTERS else cut}\n```"


def details(approval: db.Row) -> str:
    """What a small notice has room for: the arguments and where strangers' text came from."""
    arguments = revealed(canonical(approval["arguments"])) if approval["arguments"] else "no arguments"
    read = f" Has read: {', '.join(approval['untrusted'])}." if approval["untrusted"] else ""
    return f"{approval['tool']}: {arguments[:120]}. Risk {approval['risk']}: {approval['reason']}.{read}"


def _plain(name: str) -> str:
    """A name from outside as it reads, whatever marks of Markdown are in it."""
    return re.sub(r"([\\`*_\[\]<>#~|!])", r"\\\1", " ".join(name.split()))


def outcome(approval: db.Row) -> str:
    """What became of it, who decided and when, in Markdown."""
    said = _outcome({**approval, "comment": _plain(revealed(approval["comment"]))}, _plain(approval["decided_by"]))
    return f"{said}\n\n{'Question' if approval['asks'] else 'Approval'} {approval['number']}: {summary(approval)}"


def _outcome(approval: db.Row, name: str) -> str:
    if approval["asks"] and approval["state"] in ("approved", "executed"):
        return f"💬 {name}: {approval['comment']}"
    if approval["asks"] and approval["state"] == "expired":
        return "⌛ Nobody answered in time"
    said = OUTCOMES[approval["state"]]
    if approval["decided_at"] and approval["state"] != "void":
        said += f" by {name}, {approval['decided_at']:%Y-%m-%d %H:%M} UTC"
        said += f": {approval['comment']}" if approval["comment"] else ""
        said += " (with changed arguments)" if approval["proposed"] is not None else ""
    return said


def status(approval: db.Row) -> str:
    """The same in one line, for somebody who comes late."""
    if approval["state"] == "pending":
        return f"Approval {approval['number']} is still open."
    return f"Approval {approval['number']}: {_outcome(approval, approval['decided_by']).splitlines()[0]}."


def open_line(approval: db.Row) -> str:
    return f"{approval['number']}: {summary(approval)}"


def prompt(approval: db.Row, transport: Transport) -> Part:
    """The question as one message; longer ones lose their end, never their buttons."""
    part = transport.render(question(approval))[0]
    return replace(part, buttons=buttons(approval)) if transport.features.buttons else part


# -- afterwards

_DECIDED = """
    SELECT a.*, s.bot_id FROM botplatform_approval a JOIN botplatform_session s ON s.id = a.session_id
    WHERE a.session_id = %s AND a.state <> 'pending' AND NOT a.outcome_shown AND NOT EXISTS (
        SELECT FROM botplatform_reply r WHERE r.approval_id = a.id AND r.state = 'sending') ORDER BY a.id"""
# Locked, so that no prompt leaves meanwhile: the outcome of one on its way waits until its id is known.
_PROMPTS = b"SELECT state FROM botplatform_reply WHERE approval_id = %s AND kind = 'prompt' FOR UPDATE"
_SHOWN = b"UPDATE botplatform_approval SET outcome_shown = true WHERE id = %s AND NOT outcome_shown RETURNING id"
# A prompt that has left is edited; one that still waits to be sent is changed before it leaves.
_CHANGE_PENDING = b"""
    UPDATE botplatform_reply SET text = %(text)s, formatting = %(formatting)s, buttons = '[]'
    WHERE approval_id = %(approval)s AND kind = 'prompt' AND state = 'pending' RETURNING id"""
_EDIT_SENT = b"""
    INSERT INTO botplatform_reply (session_id, batch_id, kind, part, text, formatting, edits, approval_id, request_id)
    SELECT session_id, batch_id, 'prompt', 1, %(text)s, %(formatting)s, provider_id, approval_id, request_id
    FROM botplatform_reply WHERE approval_id = %(approval)s AND kind = 'prompt' AND provider_id <> '' ORDER BY id DESC LIMIT 1"""


async def show_outcomes(session_id: int) -> None:
    """Let the session's prompts say what became of them, once each, and take their buttons away."""
    for approval in await db.rows(_DECIDED, (session_id,)):
        bot = await bots.by_id(approval["bot_id"])
        part = bot.transport.render(outcome(approval))[0]
        values = {"approval": approval["id"], "text": part.text, "formatting": Jsonb(list(part.formatting))}
        async with db.transaction() as connection:
            prompts = await (await connection.execute(_PROMPTS, (approval["id"],))).fetchall()
            if any(prompt["state"] == "sending" for prompt in prompts):
                continue
            won = await (await connection.execute(_SHOWN, (approval["id"],))).fetchone()
            if won and not await (await connection.execute(_CHANGE_PENDING, values)).fetchone():
                await connection.execute(_EDIT_SENT, values)
