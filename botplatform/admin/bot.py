"""Bots: who we are on each platform."""

from __future__ import annotations

from functools import partial
from typing import Any

from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path, reverse
from django.utils.decorators import method_decorator
from django.views.decorators.debug import sensitive_post_parameters

from botplatform.admin import columns, pairing, panels, showing
from botplatform.admin.base import ConsoleAdmin, choices
from botplatform.admin.bot_form import EDITABLE, PEOPLE, ROUTING, SECRETS, BotForm, stored_credentials
from botplatform.admin.bot_wizard import state, urls
from botplatform.admin.bot_wizard.access import CHANGE, may_add
from botplatform.admin.bot_wizard.deeds import CONNECTION
from botplatform.admin.bot_wizard.pages import provider
from botplatform.admin.panels import Panel
from botplatform.admin.workers.pausing import BOT_OPERATIONS
from botplatform.models import Bot
from botplatform.pipeline import bots
from transports.registry import TRANSPORTS

SHOWN_SECRETS = ("app_id", "private_key", "secret", "token")
_ITSELF = ("enabled", "delivery", "username", "api_url")
_SECTIONS = (
    (
        "People",
        {
            "fields": PEOPLE,
            "description": "Lists of the provider's ids. A pairing link adds somebody without looking his id up.",
        },
    ),
    ("Routing and approvals", {"fields": ROUTING}),
)


@columns.column("webhook", "webhook path")
def webhook(bot: Bot) -> str:
    return f"/webhooks/{bot.transport}/{bot.slug}/"


@columns.column("secrets", "stored secrets")
def secrets(bot: Bot) -> str:
    """Which there are, never what they are."""
    return (
        ", ".join(sorted(name for name, value in stored_credentials(bot).items() if value and name in SHOWN_SECRETS))
        or showing.NOTHING
    )


def _address(name: str, bot: Bot) -> str:
    return reverse(f"admin:botplatform_bot_{name}", args=[bot.pk])


def _may_renew(request: HttpRequest, bot: Bot) -> bool:
    return bot.transport in state.LIVE and request.user.has_perm(CHANGE)


def _links(request: HttpRequest, bot: Bot) -> list[tuple[str, str]]:
    """Pages of the bot that the person may open."""
    found = [("New pairing link", _address("pair", bot))] if pairing.may_issue(request, bot) else []
    if _may_renew(request, bot):
        renew = "New key" if stored_credentials(bot).get("app_id") else "New token"
        found += [(renew, _address("renew", bot)), ("Rotate the webhook secret", _address("rotate", bot))]
    return [*found, ("Set-up and test message", _address("setup", bot))] if bot.transport in state.LIVE else found


def _connection_panel(bot: Bot) -> list[Panel]:
    """What the provider says, looked at again every few seconds."""
    if bot.transport not in state.LIVE:
        return []
    context = {**state.context_of(bot), "fragment": _address("state", bot)}
    return [panels.from_template("Deliveries", "admin/bots/panel.html", context)]


@admin.register(Bot)
class BotAdmin(ConsoleAdmin):
    form = BotForm
    operations = (*BOT_OPERATIONS, *CONNECTION)
    change_form_outer_before_template = "admin/bots/top.html"
    list_before_template = "admin/bots/list.html"
    ordering = ("transport", "slug")
    list_display = (
        "__str__",
        "enabled",
        "paused",
        "username",
        "account_id",
        columns.excerpt("problem"),
        columns.when("updated_at", "changed"),
    )
    list_filter = ("enabled", "paused", choices("transport", sorted(TRANSPORTS)))
    add_fieldsets = (
        (None, {"fields": ("transport", "slug", *_ITSELF)}),
        *_SECTIONS,
        ("Secrets", {"fields": SECRETS}),
    )
    fieldsets = (
        (None, {
            "fields": ("transport", "slug", *_ITSELF),
            "description": "The bot with slug default gets what the environment says about it at each start; "
            "credentials that were replaced here stay until the environment names others.",
        }),
        *_SECTIONS,
        ("Secrets", {"fields": (secrets, *SECRETS)}),
        ("State", {"fields": (
            columns.whole("problem"), "account_id", webhook, columns.moment("created_at"), columns.moment("updated_at"),
        )}),
    )  # fmt: skip

    def get_readonly_fields(self, request: HttpRequest, obj: Model | None = None) -> list[Any]:
        if obj is None:
            return []
        return [
            "transport",
            "slug",
            "account_id",
            *(name for _, part in self.fieldsets for name in part["fields"] if callable(name)),
        ]

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(partial(pairing.new_link_view, self))
        pair = path("<int:bot_id>/pair/", view, name="botplatform_bot_pair")
        return [pair, *urls.routes(self), *super().get_urls()]

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        context = {**(extra_context or {}), "may_set_up": may_add(request)}
        answer: HttpResponse = super().changelist_view(request, context)
        return answer

    def panels(self, request: HttpRequest, row: Bot) -> list[Panel]:
        return [*_connection_panel(row), *pairing.links_panel(request, row)]

    def render_change_form(self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        row = kwargs.get("obj")
        if row is not None:
            context["links"] = _links(request, row)
            context["bot_provider"], context["bot_revoked"] = provider(row), state.is_revoked(row)
            context["bot_renew"] = _address("renew", row) if _may_renew(request, row) else ""
        answer: HttpResponse = super().render_change_form(request, context, *args, **kwargs)
        return answer

    @method_decorator(sensitive_post_parameters(*SECRETS))
    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        answer: HttpResponse = super().changeform_view(request, *args, **kwargs)
        return answer

    def save_model(self, request: HttpRequest, obj: Bot, form: BotForm, change: bool) -> None:
        """Only what was edited is written: the pipeline notes problems and identities in the same row."""
        written = [name for name in EDITABLE if name in form.changed_data]
        if (sealed := form.sealed()) is not None:
            obj.credentials, written = sealed, [*written, "credentials"]
        if change:
            obj.save(update_fields=[*written, "updated_at"])
            bots.forget(obj.pk)
        else:
            obj.save()
