"""A batch's standing in the cells of a list."""

from __future__ import annotations

from django.utils.html import format_html
from django.utils.safestring import SafeString

from botplatform.admin import showing
from botplatform.admin.standing import facts
from botplatform.admin.standing.words import standing
from botplatform.models import Batch


def state_labels(batch: Batch) -> SafeString:
    """Its state; `stuck` in its place; and whether only a part of its answer has arrived."""
    state = showing.label(standing(batch).state)
    known = facts.of_one(batch)
    return format_html("{} {}", state, showing.label("failed", "half an answer")) if known.is_half else state


def said(batch: Batch) -> SafeString:
    """The sentence."""
    return format_html("{}", standing(batch).said or showing.NOTHING)
