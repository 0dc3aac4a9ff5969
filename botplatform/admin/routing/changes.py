"""What the enabled patterns say differently from the published ones."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import SequenceMatcher

from django.template.loader import render_to_string
from django.utils.safestring import SafeString, mark_safe

from botplatform.admin import showing
from botplatform.models import Pattern, RoutingVersion

PARTS = ("expression", "target", "platform")
"""What a version keeps of a pattern beside its name and place."""

Kept = Mapping[str, str]
"""A pattern as a version keeps it."""


@dataclass(frozen=True, slots=True)
class Change:
    """One pattern that is not as it was."""

    name: str
    kind: str
    """added, removed, changed or moved"""
    parts: Sequence[tuple[str, str, str]] = field(default_factory=list)
    """What was changed: part, before, after."""


def changes(before: Sequence[Kept], after: Sequence[Kept]) -> list[Change]:
    """In the order of `after`; what was removed comes last."""
    old, new = ({one["name"]: one for one in kept} for kept in (before, after))
    moved = _moved([name for name in old if name in new], [name for name in new if name in old])
    found = [_change(name, old.get(name), one, name in moved) for name, one in new.items()]
    removed = [Change(name, "removed", _parts({}, one)) for name, one in old.items() if name not in new]
    return [*(change for change in found if change), *removed]


def _change(name: str, old: Kept | None, new: Kept, has_moved: bool) -> Change | None:
    if old is None:
        return Change(name, "added", _parts({}, new))
    if parts := _parts(old, new):
        return Change(name, "changed", parts)
    return Change(name, "moved") if has_moved else None


def _parts(old: Kept, new: Kept) -> list[tuple[str, str, str]]:
    return [(part, old.get(part, ""), new[part]) for part in PARTS if old.get(part, "") != new[part]]


def _moved(old: Sequence[str], new: Sequence[str]) -> set[str]:
    """Names whose place among those that stayed is another one."""
    blocks = SequenceMatcher(None, old, new, autojunk=False).get_matching_blocks()
    stayed = {old[block.a + place] for block in blocks for place in range(block.size)}
    return set(new) - stayed


def drafted() -> list[Kept]:
    """The enabled patterns in order, as a version would keep them."""
    return list(Pattern.objects.filter(enabled=True).order_by("position", "id").values("name", *PARTS))


def in_force() -> tuple[int, list[Kept]]:
    """Number and patterns of the version that routing uses; 0 and nothing without one."""
    newest = RoutingVersion.objects.order_by("-number").values("number", "patterns").first()
    return (newest["number"], newest["patterns"]) if newest else (0, [])


def unpublished() -> list[Change]:
    """What publishing would change."""
    return changes(in_force()[1], drafted())


def listed(found: Iterable[Change]) -> SafeString:
    """Changes for the eye."""
    lines = [
        {
            "name": showing.visible(change.name),
            "kind": change.kind,
            "label": showing.label(change.kind),
            "parts": [tuple(map(showing.visible, part)) for part in change.parts],
        }
        for change in found
    ]
    context = {"changes": lines}
    return mark_safe(render_to_string("admin/routing/changes.html", context))  # noqa: S308 - escaped in the template
