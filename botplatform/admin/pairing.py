"""Pairing links: a one-time link gives a person's account a role with a bot, so that nobody looks up numeric ids."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import structlog
from asgiref.sync import async_to_sync
from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models.functions import Now
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import get_token
from django.shortcuts import get_object_or_404
from django.template.loader import render_to_string
from django.template.response import TemplateResponse
from django.utils import timezone

from botplatform.admin import columns, panels, showing
from botplatform.admin.base import PipelineAdmin, choices
from botplatform.admin.choosing import Buttons
from botplatform.admin.operations import Operation, Result
from botplatform.admin.panels import Panel, address
from botplatform.admin.scoping import within
from botplatform.admin.showing import Column
from botplatform.models import Bot, PairingLink
from botplatform.pipeline import pairing

log = structlog.get_logger(__name__)

PERMISSION = "botplatform.add_pairinglink"
PAIRS = ("telegram",)
"""Transports on which somebody can follow a link into a private chat."""
_ROLES = {
    "approver": "Decides the bot's approvals.",
    "admin": "The bot's admin commands, and its approvals.",
    "allowed": "A place on the allow-list. While that list is empty everybody may talk to the bot: "
    "the first person on it shuts all others out.",
}


class RoleForm(forms.Form):
    """What the link gives."""

    role = forms.ChoiceField(
        choices=[(role, role) for role in _ROLES],
        initial="approver",
        label="Whoever follows it becomes",
        widget=Buttons(),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["role"].widget.descriptions = _ROLES


def may_issue(request: HttpRequest, bot: Bot) -> bool:
    """Whether the signed-in person may make links for this bot."""
    return bot.transport in PAIRS and request.user.has_perm(PERMISSION)


def new_link_view(console: Any, request: HttpRequest, bot_id: int) -> HttpResponse:
    """Ask for the role, then show the link, this once."""
    bot = get_object_or_404(within(request.user, Bot.objects.all()), pk=bot_id)
    if not (console.has_view_permission(request, bot) and may_issue(request, bot)):
        raise PermissionDenied
    form, link = RoleForm(request.POST if request.method == "POST" else None), ""
    if form.is_valid():
        role = form.cleaned_data["role"]
        token = async_to_sync(pairing.issue)(bot.pk, role, by=request.user.get_username())
        link = pairing.address(bot.transport, bot.username, token)
        console.log_change(request, bot, f"New pairing link: {role}")
    context = {
        **console.admin_site.each_context(request),
        "title": f"New pairing link for {bot}",
        "opts": console.opts,
        "original": bot,
        "back": showing.page_of(bot),
        "form": form,
        "link": link,
        "is_address": link.startswith("https://"),
        "valid": f"{pairing.VALID // timedelta(hours=1)} hours",
    }
    return TemplateResponse(request, "admin/pairing_link.html", context)


async def _revoke(link_id: int, by: str) -> Result:
    changed = await PairingLink.objects.filter(pk=link_id, used_at=None, expires_at__gt=Now()).aupdate(expires_at=Now())
    log.info("pairing.revoked", link_id=link_id, by=by, took_effect=bool(changed))
    return Result(bool(changed), "can no longer be used" if changed else "was used already, or its time is over")


def is_open(link: PairingLink) -> bool:
    """Whether somebody can still follow it."""
    return link.used_at is None and link.expires_at > timezone.now()


REVOKE = Operation(
    "revoke",
    "Revoke",
    "botplatform.change_pairinglink",
    "They can no longer be used. What a used link has given is taken away on the bot's page.",
    _revoke,
    is_open,
)


@columns.column("state")
def state(link: PairingLink) -> object:
    return showing.label("used" if link.used_at else "open" if is_open(link) else "over")


@columns.column("used_by", "used by")
def used_by(link: PairingLink) -> object:
    if not link.used_at:
        return showing.NOTHING
    return showing.shorten(f"{link.used_by_name} ({link.used_by_id})" if link.used_by_name else link.used_by_id, 80)


@columns.column("id")
def itself(link: PairingLink) -> object:
    return showing.anchor(link, str(link.pk))


def _revoking(request: HttpRequest) -> Column:
    """A button for each link that is open."""
    token = get_token(request)

    @columns.column("revoke", "")
    def shown(link: PairingLink) -> object:
        context = {"link": link, "list": address(PairingLink), "csrf_token": token, "operation": REVOKE}
        return render_to_string("admin/pairing_revoke.html", context) if is_open(link) else ""

    return shown


_COLUMNS = (
    columns.state("role"),
    state,
    columns.excerpt("created_by", "by"),
    columns.when("expires_at", "expires"),
    used_by,
)


def links_panel(request: HttpRequest, bot: Bot) -> list[Panel]:
    """The bot's links, latest first."""
    if not panels.may_view(request, PairingLink):
        return []
    shown = [itself, *_COLUMNS, *([_revoking(request)] if REVOKE.allowed(request) else [])]
    more = address(PairingLink, bot__id__exact=bot.pk)
    return [panels.table("Pairing links", bot.pairing_links.order_by("-pk"), shown, more=more)]


@admin.register(PairingLink)
class PairingLinkAdmin(PipelineAdmin):
    operations = (REVOKE,)
    list_display = ("id", columns.link("bot"), *_COLUMNS)
    list_select_related = ("bot",)
    list_filter = ("bot", choices("role", PairingLink.Role.values))
    fields = (
        columns.link("bot"), *_COLUMNS[:3], columns.moment("created_at"), columns.moment("expires_at"), columns.moment("used_at"), used_by,
    )  # fmt: skip
