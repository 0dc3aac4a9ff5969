"""What an agent's page shows below its fields: what runs use, what a draft would change, versions, bots."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from agents.routing.target import ROUTER
from botplatform.admin import columns, panels, showing
from botplatform.admin.panels import Panel, address
from botplatform.admin.scoping import within
from botplatform.models import AgentConfig, AgentConfigVersion, AgentOverride, Personality
from botplatform.models.agent import AgentFields
from botplatform.pipeline.comparing import Difference, diff, in_words
from botplatform.pipeline.composing import Place, compose
from botplatform.pipeline.vetting import FIELDS

HISTORY = 30
"""Latest entries shown."""
DEFAULTS = {
    "model": "DEFAULT_MODEL", "fallback_models": "FALLBACK_MODELS", "tools": "none", "temperature": "the model's own",
    "max_tokens": "no limit", "max_cost_usd": "no limit", "fallback_agent": "nobody",
}  # fmt: skip
"""What an empty field means."""


def titled(name: str) -> str:
    """A field's name for a person."""
    return name.replace("_", " ").replace("usd", "USD")


def worded(name: str, value: str) -> str:
    """A field's value for a person; what it means where it is empty."""
    return showing.visible(value) or DEFAULTS.get(name, showing.NOTHING)


def difference(found: Difference) -> SafeString:
    """Fields before and after, and the prompt's lines."""
    fields = [(titled(name), worded(name, before), worded(name, after)) for name, before, after in found.fields]
    kinds = {"+": "added", "-": "removed", "@": "place"}
    lines = [(kinds.get(line[:1], ""), showing.visible(line)) for line in found.prompt]
    context = {"fields": fields, "lines": lines}
    return mark_safe(render_to_string("admin/difference.html", context))  # noqa: S308 - escaped in the template


def changes(title: str, before: AgentFields | None, after: AgentFields) -> Panel:
    """What `after` says differently."""
    found = diff(before, after)
    return Panel(title, difference(found) if found else format_html("<p>{}</p>", "Nothing: it says the same."))


def in_use(config: AgentConfig) -> Panel:
    """What runs are given now."""
    version = config.published
    if version is None:
        return Panel(
            "What runs use", format_html("<p>{}</p>", "Nothing yet: publish the draft, and it answers within seconds.")
        )
    is_router = config.name == ROUTER
    shown = ("model",) if is_router else FIELDS[1:]
    said = {name: in_words(getattr(version, name), name) for name in shown}
    facts = [
        (titled(name), "ROUTER_MODEL" if is_router and not text else worded(name, text)) for name, text in said.items()
    ]
    spoken = Personality.objects.none() if is_router else Personality.objects.order_by("platform")
    places = [("Prompt", version.prompt)] + [
        (f"Prompt on {row.platform}", compose(config.name, Place(platform=row.platform), version.prompt, row.text))
        for row in spoken
    ]
    prompts = [(title, showing.bounded(text)) for title, text in places]
    return panels.from_template("What runs use", "admin/agent_in_use.html", {"facts": facts, "prompts": prompts})


@columns.column("version", sort="number")
def version(row: AgentConfigVersion) -> object:
    return showing.anchor(row, f"v{row.number}")


@columns.column("published")
def published(row: AgentConfigVersion) -> object:
    return showing.label("published") if row.config.published_id == row.pk else showing.NOTHING


@columns.column("back", "go back")
def back(row: AgentConfigVersion) -> object:
    if row.config.published_id == row.pk:
        return ""
    url = reverse("admin:botplatform_agentconfig_roll_back", args=[row.config_id, row.pk])
    return format_html('<a class="text-link whitespace-nowrap" href="{}">Publish again …</a>', url)


def versions(config: AgentConfig, *, may_change: bool) -> Panel:
    rows = config.versions.select_related("config").order_by("-number")
    shown = (
        version, published, columns.excerpt("note", length=60), columns.excerpt("created_by", "by"), columns.when("created_at"),
    )  # fmt: skip
    more = address(AgentConfigVersion, config__id__exact=config.pk)
    return panels.table("Versions", rows, (*shown, back) if may_change else shown, more=more)


@columns.column("bot")
def bot(row: AgentOverride) -> object:
    return showing.anchor(row, str(row.bot))


def overrides(request: HttpRequest, config: AgentConfig) -> Panel:
    """Of the bots that the person may see."""
    rows = within(request.user, AgentOverride.objects.filter(config=config))
    rows = rows.select_related("bot").order_by("bot__transport", "bot__slug")
    return panels.table(
        "Bots that differ", rows, (bot, columns.excerpt("instructions", length=90), columns.excerpt("model"))
    )


def all_of(request: HttpRequest, config: AgentConfig, *, may_change: bool) -> list[Panel]:
    """The agent's panels, each for those who may see such rows."""
    draft: Any = getattr(config, "draft", None)
    found = [changes("What the draft would change", config.published, draft)] if draft else []
    if panels.may_view(request, AgentConfigVersion):
        found += [in_use(config), versions(config, may_change=may_change)]
    if panels.may_view(request, AgentOverride):
        found.append(overrides(request, config))
    return found
