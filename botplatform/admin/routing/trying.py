"""Patterns tried on the last messages before they are saved or published: what would go another way."""

from __future__ import annotations

import time
from collections.abc import Collection, Sequence
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db.models import OuterRef, Subquery
from django.db.models.functions import Left, Right
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.safestring import SafeString, mark_safe

from agents.routing.answers import LAST_CHARS, asks
from agents.routing.patterns import MESSAGE_CHARS, PatternError
from agents.routing.patterns import Pattern as Rule
from agents.routing.patterns import compiled as compiled_alone
from botplatform.admin import showing
from botplatform.admin.panels import may_view
from botplatform.admin.routing import changes
from botplatform.admin.scoping import within
from botplatform.models import Message, Pattern, Update
from botplatform.pipeline import proving, trying
from botplatform.pipeline.trying import Comparison, Kind, Said, Shift

SHOWN = 20
"""Different messages of each kind on the page; all are counted."""
NO_NAME, NO_TARGET = "(this pattern)", "(no agent is chosen)"
TITLES = {
    Kind.CAUGHT: "Newly caught",
    Kind.LET_GO: "No longer caught",
    Kind.RETARGETED: "Sent to another agent",
}


def try_url(request: HttpRequest, pk: int | None) -> str:
    """Where a form asks; empty for those who may not see what it would be tried on."""
    if not may_view(request, Message):
        return ""
    return reverse("admin:botplatform_pattern_try", args=[pk] if pk else [])


def try_view(console: Any, request: HttpRequest, pk: int | None = None) -> HttpResponse:
    """POST alone: what the form's pattern, as it stands there, would change. Nothing is saved."""
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    may_edit = console.has_change_permission(request) if pk else console.has_add_permission(request)
    if not (may_edit and may_view(request, Message)):
        raise PermissionDenied
    entered, place, enabled = _entered(request)
    if not entered.expression:
        return HttpResponse(_problem("Write an expression, and see here what it would change."))
    try:
        compiled_alone(entered)
    except PatternError as error:
        return HttpResponse(_problem(f"The expression cannot be used: {_reason(error, entered.name)}."))
    row = Pattern.objects.filter(pk=pk).first() if pk else None
    rules = _with(entered if enabled else None, place, row)
    return HttpResponse(tried(request, rules, about={entered.name, *([row.name] if row else [])}))


def drafts() -> tuple[Rule, ...]:
    """The enabled patterns in order."""
    return tuple(_rule(row) for row in changes.drafted())


def tried(request: HttpRequest, rules: tuple[Rule, ...], *, about: Collection[str] = ()) -> SafeString:
    """What the rules would change, beside the version in force. `about`: names of the patterns in question; empty: all."""
    began = time.perf_counter()
    number, kept = changes.in_force()
    try:
        after = trying.compiled(rules)
    except PatternError as error:
        return _problem(f"The patterns cannot be used together: {showing.visible(str(error))}.")
    before = proving.usable(number, tuple(map(_rule, kept)))
    messages, updates = stored(request)
    found = trying.compare(messages, before, after, about=about)
    return _shown(request, found, updates, number=number, about=about, seconds=time.perf_counter() - began)


def stored(request: HttpRequest) -> tuple[list[Said], dict[int, int | None]]:
    """The last messages of people that the signed-in person may see, newest first; and the update of each, by its id."""
    answers = Message.objects.filter(
        session_id=OuterRef("session_id"), batch_id__lt=OuterRef("batch_id"), role=Message.Role.ASSISTANT
    ).order_by("-batch_id", "-pk")
    last = Subquery(answers.annotate(end=Right("text", LAST_CHARS)).values("end")[:1])
    rows = within(request.user, Message.objects.filter(role=Message.Role.USER)).order_by("-pk")
    found = rows.annotate(said=Left("text", MESSAGE_CHARS + 1), asked=last).values_list(
        "pk", "said", "session__bot__transport", "asked", "update_id"
    )[: trying.MOST]
    told = list(found)
    messages = [Said(pk, said, platform, asks(asked or "")) for pk, said, platform, asked, _ in told]
    return messages, {pk: update_id for pk, *_, update_id in told}


def _entered(request: HttpRequest) -> tuple[Rule, int, bool]:
    """The pattern as the form has it, however unfinished, its position, and whether it is switched on."""
    said = {
        name: request.POST.get(name, "").strip() for name in ("name", "expression", "target", "platform", "position")
    }
    position = said["position"][:20]
    place = int(position) if position.removeprefix("-").isdecimal() else 0
    rule = Rule(said["name"] or NO_NAME, said["expression"], said["target"] or NO_TARGET, said["platform"])
    return rule, place, "enabled" in request.POST


def _with(rule: Rule | None, place: int, row: Pattern | None) -> tuple[Rule, ...]:
    """The enabled patterns, with the rule in the place of its row."""
    others = [one for one in Pattern.objects.filter(enabled=True) if row is None or one.pk != row.pk]
    keyed = [((one.position, one.pk), _bare(one)) for one in others]
    if rule:
        keyed.append(((place, row.pk if row else 2**63), rule))
    return tuple(one for _, one in sorted(keyed, key=lambda pair: pair[0]))


def _bare(row: Pattern) -> Rule:
    return Rule(row.name, row.expression, row.target, row.platform)


def _rule(kept: changes.Kept) -> Rule:
    return Rule(kept["name"], kept["expression"], kept["target"], kept["platform"])


def _reason(error: PatternError, name: str) -> str:
    return showing.visible(str(error).removeprefix(f"{name}: "))


def _problem(text: str) -> SafeString:
    return mark_safe(render_to_string("admin/routing/tried.html", {"problem": text}))  # noqa: S308 - escaped in the template


def _shown(
    request: HttpRequest,
    found: Comparison,
    updates: dict[int, int | None],
    *,
    number: int,
    about: Collection[str],
    seconds: float,
) -> SafeString:
    linked = updates if may_view(request, Update) else {}
    groups = [_group(kind, found.of(kind), linked) for kind in TITLES]
    context = {
        "found": found,
        "number": number,
        "about": bool(about),
        "groups": groups,
        "changed": len(found.shifts),
        "seconds": f"{seconds:.2f}",
        "in_time": found.looked_at == found.given,
    }
    return mark_safe(render_to_string("admin/routing/tried.html", context))  # noqa: S308 - escaped in the template


def _group(kind: Kind, shifts: Sequence[Shift], updates: dict[int, int | None]) -> dict[str, Any]:
    """Those that say the same and go the same way are one row: the newest, and how many there are."""
    alike: dict[tuple[Any, ...], list[Shift]] = {}
    for shift in shifts:
        alike.setdefault((shift.said.text, shift.said.platform, shift.before, shift.after), []).append(shift)
    rows = [_row(same, updates) for same in list(alike.values())[:SHOWN]]
    return {"title": TITLES[kind], "count": len(shifts), "rows": rows, "more": len(alike) - len(rows)}


def _row(same: Sequence[Shift], updates: dict[int, int | None]) -> dict[str, Any]:
    newest = same[0]
    return {
        "text": showing.shorten(newest.said.text, 160) or "(no text)",
        "times": len(same),
        "platform": newest.said.platform,
        "before": _way(newest.before),
        "after": _way(newest.after),
        "story": _story(updates.get(newest.said.id)),
    }


def _way(rule: Rule | None) -> str:
    return showing.visible(f"{rule.name} → {rule.target}") if rule else "the model"


def _story(update_id: int | None) -> str:
    return reverse("admin:botplatform_update_story", args=[update_id]) if update_id else ""
