"""The five roles, as groups. Made once; what an upgrade ships anew is added, and what people took away stays away."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from fnmatch import fnmatchcase

from django.contrib.auth.models import Group, Permission

from botplatform.models import AuditEntry
from botplatform.pipeline.auditing import Entry, record

SHIPPED = "group.shipped"
"""The audit log remembers what each role has been given by the platform."""
ADMIN = "Admin"


@dataclass(frozen=True, slots=True)
class Role:
    """What a person with it does, in a sentence, and the permissions for that; `*` stands for any text."""

    sentence: str
    permissions: tuple[str, ...]


def _each(acts: str, models: str) -> tuple[str, ...]:
    return tuple(f"botplatform.{act}_{model}" for model in models.split() for act in acts.split())


_LOOK = _each(
    "view",
    "agentconfig agentconfigversion agentdraft agentoverride approval batch bot canary infopage mcpserver message modelprice "
    "pattern personality plan planstep process progresstext reminder reply rollup route routingcase routingversion run session "
    "step todo toolpolicy trial update",
)
_OPERATE = (
    *_each("change", "batch reminder reply update session route"),
    *("botplatform.hold_session", "botplatform.pause_bot", "botplatform.pause_agentconfig"),
)
_BUILD = (
    *_each("add change", "agentconfig bot canary modelprice trial pairinglink"),
    *_each(
        "add change delete",
        "agentdraft agentoverride infopage pattern personality progresstext routingcase toolpolicy",
    ),
    *_each("view", "pairinglink auditentry"),
    *("botplatform.add_routingversion", "botplatform.change_route"),
    *("botplatform.pause_bot", "botplatform.pause_agentconfig"),
)
_ALL = (
    *("botplatform.*", "django_celery_beat.*", "auth.*_user", "auth.*_group"),
    *("axes.view_accessattempt", "axes.delete_accessattempt"),
)

ROLES = {
    "Viewer": Role("Sees conversations, work, agents, routing and bots, and changes nothing.", _LOOK),
    "Operator": Role(
        "Puts work right: retries and cancels batches, cancels reminders, sends replies again, takes conversations over, judges "
        "routes, pauses bots and agents.",
        (*_LOOK, *_OPERATE),
    ),
    "Approver": Role("Decides whether a tool call may be made.", (*_LOOK, "botplatform.decide_approval")),
    "Engineer": Role(
        "Changes agents, patterns, tools, prices and bots, tries and publishes them, and reads the audit log.",
        (*_LOOK, *_BUILD),
    ),
    ADMIN: Role("Everything, with people, roles, schedules and the audit log.", _ALL),
}


def seed() -> None:
    """Make the groups that are missing, and give them what was shipped since they were made."""
    known = {
        f"{permission.content_type.app_label}.{permission.codename}": permission
        for permission in Permission.objects.select_related("content_type")
    }
    for name, role in ROLES.items():
        group, _ = Group.objects.get_or_create(name=name)
        wanted = matching(role.permissions, known)
        before = _shipped(group)
        if fresh := sorted(wanted - before):
            group.permissions.add(*(known[one] for one in fresh))
            _remember(group, before, wanted)


def matching(patterns: Iterable[str], known: Iterable[str]) -> set[str]:
    """Those of the known permissions that are meant."""
    patterns = tuple(patterns)
    return {name for name in known if any(fnmatchcase(name, pattern) for pattern in patterns)}


def _shipped(group: Group) -> set[str]:
    entries = AuditEntry.objects.filter(object_type="auth.group", object_id=str(group.pk), action=SHIPPED)
    after = entries.order_by("-id").values_list("after", flat=True).first() or {}
    return {_name(thing, act) for thing, acts in after.items() for act in acts.split()}


def _name(thing: str, act: str) -> str:
    app, _, model = thing.partition(".")
    return f"{app}.{act}_{model}"


def _acts(names: Iterable[str]) -> dict[str, str]:
    """What may be done to each kind of row: short values, which the audit log keeps whole."""
    found: dict[str, list[str]] = {}
    for name in sorted(names):
        app, _, codename = name.partition(".")
        act, _, model = codename.partition("_")
        found.setdefault(f"{app}.{model}", []).append(act)
    return {thing: " ".join(acts) for thing, acts in found.items()}


def _remember(group: Group, before: set[str], now: set[str]) -> None:
    record(
        Entry(
            who="platform", action=SHIPPED, object_type="auth.group", object_id=str(group.pk), object_name=group.name,
            before=_acts(before), after=_acts(before | now), told="given by the platform; what people changed since stays",
        )
    )  # fmt: skip
