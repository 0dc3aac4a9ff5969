"""Bots: who we are on each platform."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest, HttpResponse
from django.utils.decorators import method_decorator
from django.views.decorators.debug import sensitive_post_parameters

from botplatform.admin import columns, showing
from botplatform.admin.base import ConsoleAdmin, choices
from botplatform.admin.bot_form import EDITABLE, SECRETS, BotForm, stored_credentials
from botplatform.models import Bot
from botplatform.pipeline import bots
from transports.registry import TRANSPORTS


@columns.column("webhook", "webhook path")
def webhook(bot: Bot) -> str:
    return f"/webhooks/{bot.transport}/{bot.slug}/"


@columns.column("secrets", "stored secrets")
def secrets(bot: Bot) -> str:
    """Which there are, never what they are."""
    return ", ".join(sorted(name for name, value in stored_credentials(bot).items() if value)) or showing.NOTHING


@admin.register(Bot)
class BotAdmin(ConsoleAdmin):
    form = BotForm
    ordering = ("transport", "slug")
    list_display = (
        "__str__",
        "enabled",
        "username",
        "account_id",
        columns.excerpt("problem"),
        columns.when("updated_at", "changed"),
    )
    list_filter = ("enabled", choices("transport", sorted(TRANSPORTS)))
    add_fieldsets = (
        (None, {"fields": ("transport", "slug", *EDITABLE)}),
        ("Secrets", {"fields": SECRETS}),
    )
    fieldsets = (
        (None, {
            "fields": ("transport", "slug", *EDITABLE),
            "description": "What the environment says about the bot with slug default is written here at each start.",
        }),
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
