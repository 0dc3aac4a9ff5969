"""The sidebar."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.models import Group, User
from django.db.models import Model
from django.http import HttpRequest
from django.urls import reverse
from django_celery_beat.models import CrontabSchedule, IntervalSchedule, PeriodicTask

from botplatform.admin.panels import address, may_view
from botplatform.models import (
    AgentConfig,
    AgentConfigVersion,
    AgentDraft,
    AgentOverride,
    Approval,
    Batch,
    Bot,
    InfoPage,
    Message,
    ModelPrice,
    PairingLink,
    Pattern,
    Personality,
    Process,
    ProgressText,
    Reply,
    Route,
    RoutingCase,
    RoutingVersion,
    Run,
    Session,
    Step,
    ToolPolicy,
    Update,
)

Entry = tuple[str, str, type[Model]]

_GROUPS: list[tuple[str, list[Entry]]] = [
    (
        "Conversations",
        [("Approvals", "approval", Approval), ("Sessions", "forum", Session), ("Messages", "chat", Message)],
    ),
    (
        "Pipeline",
        [
            ("Updates", "move_to_inbox", Update),
            ("Batches", "stacks", Batch),
            ("Routes", "alt_route", Route),
            ("Runs", "play_circle", Run),
            ("Steps", "footprint", Step),
            ("Replies", "outbox", Reply),
        ],
    ),
    (
        "Agents",
        [
            ("Configurations", "psychology", AgentConfig),
            ("Drafts", "edit_note", AgentDraft),
            ("Versions", "history", AgentConfigVersion),
            ("Overrides", "tune", AgentOverride),
            ("Personalities", "theater_comedy", Personality),
            ("Info pages", "menu_book", InfoPage),
            ("Tool policies", "policy", ToolPolicy),
            ("Progress texts", "more_horiz", ProgressText),
            ("Model prices", "payments", ModelPrice),
        ],
    ),
    (
        "Routing",
        [
            ("Patterns", "rule", Pattern),
            ("Published versions", "published_with_changes", RoutingVersion),
            ("Cases", "fact_check", RoutingCase),
        ],
    ),
    (
        "Installation",
        [
            ("Bots", "smart_toy", Bot),
            ("Processes", "memory", Process),
            ("Periodic tasks", "schedule", PeriodicTask),
            ("Intervals", "timer", IntervalSchedule),
            ("Crontabs", "calendar_month", CrontabSchedule),
        ],
    ),
    ("People", [("Users", "person", User), ("Groups", "group", Group), ("Pairing links", "link", PairingLink)]),
]


def sidebar(request: HttpRequest) -> list[dict[str, Any]]:
    """Groups of links to the lists that the signed-in person may see."""
    home = {"title": "Home", "icon": "home", "link": reverse("admin:index")}
    groups = [
        {"title": title, "items": [_item(*entry) for entry in entries if may_view(request, entry[2])]}
        for title, entries in _GROUPS
    ]
    return [{"items": [home]}, *groups]


def _item(title: str, icon: str, model: type[Model]) -> dict[str, Any]:
    return {"title": title, "icon": icon, "link": address(model)}
