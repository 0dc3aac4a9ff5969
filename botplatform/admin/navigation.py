"""The sidebar."""

from __future__ import annotations

from typing import Any

from axes.models import AccessAttempt
from django.contrib.auth.models import Group, User
from django.db.models import Model
from django.http import HttpRequest
from django.urls import reverse
from django_celery_beat.models import CrontabSchedule, IntervalSchedule, PeriodicTask

from botplatform.admin import approval_inbox
from botplatform.admin.panels import address, may_view
from botplatform.models import (
    AgentConfig,
    AgentConfigVersion,
    AgentDraft,
    AgentOverride,
    Approval,
    AuditEntry,
    Batch,
    Bot,
    Canary,
    InfoPage,
    McpServer,
    Message,
    ModelPrice,
    PairingLink,
    Pattern,
    Personality,
    Plan,
    PlanStep,
    Process,
    ProgressText,
    Reminder,
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
        [
            ("Approvals", "approval", Approval),
            ("Sessions", "forum", Session),
            ("Messages", "chat", Message),
            ("Reminders", "alarm", Reminder),
        ],
    ),
    (
        "Pipeline",
        [
            ("Updates", "move_to_inbox", Update),
            ("Batches", "stacks", Batch),
            ("Routes", "alt_route", Route),
            ("Runs", "play_circle", Run),
            ("Steps", "footprint", Step),
            ("Plans", "checklist", Plan),
            ("Plan steps", "checklist_rtl", PlanStep),
            ("Replies", "outbox", Reply),
        ],
    ),
    (
        "Agents",
        [
            ("Configurations", "psychology", AgentConfig),
            ("Drafts", "edit_note", AgentDraft),
            ("Versions", "history", AgentConfigVersion),
            ("Canaries", "flutter_dash", Canary),
            ("Overrides", "tune", AgentOverride),
            ("Personalities", "theater_comedy", Personality),
            ("Info pages", "menu_book", InfoPage),
            ("Tool policies", "policy", ToolPolicy),
            ("MCP servers", "dns", McpServer),
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
    (
        "People",
        [
            ("Users", "person", User),
            ("Roles", "group", Group),
            ("Failed sign-ins", "lock_person", AccessAttempt),
            ("Pairing links", "link", PairingLink),
            ("Audit log", "history_edu", AuditEntry),
        ],
    ),
]


def sidebar(request: HttpRequest) -> list[dict[str, Any]]:
    """Groups of links to the lists that the signed-in person may see."""
    home = {"title": "Home", "icon": "home", "link": reverse("admin:index")}
    groups: list[dict[str, Any]] = [
        {"title": title, "items": [_item(request, *entry) for entry in entries if may_view(request, entry[2])]}
        for title, entries in _GROUPS
    ]
    if may_view(request, Route):
        quality = {"title": "Quality", "icon": "monitoring", "link": reverse("console-routing")}
        next(group for group in groups if group["title"] == "Routing")["items"].append(quality)
    if may_view(request, ToolPolicy):
        tools = {"title": "Tools", "icon": "build", "link": reverse("console-tools")}
        next(group for group in groups if group["title"] == "Agents")["items"].append(tools)
    workers = {"title": "Workers", "icon": "engineering", "link": reverse("console-workers")}
    return [{"items": [home, *([workers] if may_view(request, Process) else [])]}, *groups]


def _item(request: HttpRequest, title: str, icon: str, model: type[Model]) -> dict[str, Any]:
    badge = {"badge": approval_inbox.badge(request), "badge_variant": "warning"} if model is Approval else {}
    return {"title": title, "icon": icon, "link": address(model), **badge}
