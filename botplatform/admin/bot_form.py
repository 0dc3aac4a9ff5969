"""A bot's form: secrets go in and never come out."""

from __future__ import annotations

import time
from typing import Any
from urllib.parse import urlsplit

from django import forms
from unfold.widgets import (
    UnfoldAdminPasswordWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
)

from agents.routing.target import SIMPLE
from botplatform import config, logs, sealing
from botplatform.admin import targets
from botplatform.admin.choosing import JSONText
from botplatform.models import Bot, Risk
from botplatform.models.bot import Delivery
from botplatform.pipeline.onboarding import rotating, secrecy
from botplatform.pipeline.onboarding.rotating import Teller
from transports.registry import TRANSPORTS

SECRETS = ("token", "secret")
PEOPLE = ("admin_ids", "approver_ids", "allowed_ids")
ROUTING = ("routing", "direct_agent", "approve_from")
EDITABLE = ("enabled", "delivery", "username", "api_url", *PEOPLE, *ROUTING)
_LIST = 'Write a list of ids, such as ["123", "456"].'
_ASK_FROM = [(risk.value, f"{risk.value} risk and above") for risk in (Risk.LOW, Risk.MEDIUM, Risk.HIGH)]


def _hidden(label: str, help_text: str) -> forms.CharField:
    widget = UnfoldAdminPasswordWidget(attrs={"autocomplete": "new-password"}, render_value=False)
    return forms.CharField(label=label, help_text=help_text, required=False, widget=widget, max_length=500)


def stored_credentials(bot: Bot) -> dict[str, Any]:
    """Unsealed; empty when they were sealed with another key and have to be entered anew."""
    try:
        return sealing.unseal(bot.credentials)
    except sealing.CannotUnseal:
        return {}


class BotForm(forms.ModelForm):  # type: ignore[type-arg]
    """Blank secrets stay as they are."""

    token = _hidden("Token", "Stored encrypted and never shown. Leave it blank to keep the stored one.")
    secret = _hidden("Webhook secret", "Stored encrypted and never shown. Leave it blank to keep the stored one.")
    delivery = forms.ChoiceField(
        required=False, choices=Delivery.choices, widget=UnfoldAdminSelectWidget(),
        help_text="Of a Telegram bot. Auto: by webhook where PUBLIC_URL is set, else by polling.",
    )  # fmt: skip
    direct_agent = forms.ChoiceField(
        required=False, widget=UnfoldAdminSelectWidget(), help_text="Answers everything while routing is off."
    )
    approve_from = forms.ChoiceField(
        initial=Risk.HIGH,
        choices=_ASK_FROM,
        widget=UnfoldAdminSelectWidget(),
        label="Ask before calls of",
        help_text="High and critical risk always need a person's decision; a lower bound only adds to that.",
    )

    class Meta:
        model = Bot
        field_classes = dict.fromkeys(PEOPLE, JSONText)
        fields = ("transport", "slug", *EDITABLE)
        widgets = {
            "transport": UnfoldAdminSelectWidget(choices=[(name, name) for name in sorted(TRANSPORTS)]),
            "username": UnfoldAdminTextInputWidget(),
            "api_url": UnfoldAdminTextInputWidget(),
            **{name: UnfoldAdminTextareaWidget(attrs={"rows": 2}) for name in PEOPLE},
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._stored = stored_credentials(self.instance)
        if isinstance(field := self.fields.get("direct_agent"), forms.ChoiceField):
            field.choices = [
                ("", f"{SIMPLE} (as long as none is chosen)"),
                *targets.agents(kept=self.instance.direct_agent),
            ]
        if self.instance.approve_from == Risk.CRITICAL:
            self.initial["approve_from"] = Risk.HIGH  # they mean the same

    def clean_transport(self) -> str:
        name: str = self.cleaned_data["transport"]
        if name not in TRANSPORTS:
            raise forms.ValidationError(f"There is {', '.join(sorted(TRANSPORTS))}.")
        return name

    def clean_api_url(self) -> str:
        url: str = self.cleaned_data["api_url"].strip().rstrip("/")
        if url and (urlsplit(url).scheme not in ("http", "https") or not urlsplit(url).hostname):
            raise forms.ValidationError("Write an address that begins with https:// or http://.")
        return url

    def clean_delivery(self) -> str:
        way: str = self.cleaned_data["delivery"] or self.instance.delivery
        if way == Delivery.WEBHOOK and way != self.instance.delivery and not config.load().PUBLIC_URL:
            raise forms.ValidationError("A webhook needs PUBLIC_URL, which is not set.")
        return way

    def clean_admin_ids(self) -> list[str]:
        return _ids(self.cleaned_data["admin_ids"])

    def clean_approver_ids(self) -> list[str]:
        return _ids(self.cleaned_data["approver_ids"])

    def clean_allowed_ids(self) -> list[str]:
        return _ids(self.cleaned_data["allowed_ids"])

    def clean(self) -> dict[str, Any]:
        moved = "api_url" in self.changed_data and self.instance.pk is not None
        if moved and self._stored.get("app_id"):
            self.add_error("api_url", "An App's key is not used at another address. Set the App up there.")
        elif moved and set(self._stored) - {"secret"} and not self.cleaned_data.get("token"):
            self.add_error("token", "Enter it again: a stored token is not sent to a new address.")
        return self.cleaned_data

    def sealed(self) -> str | None:
        """What to store as credentials; None when no secret was entered."""
        entered = {name: self.cleaned_data[name] for name in SECRETS if self.cleaned_data.get(name)}
        if not entered:
            return None
        logs.hide(*entered.values())
        secret = entered.pop("secret", "")
        values = {**self._stored, **entered}
        return sealing.seal(self._with_secret(values, secret) if secret else values)

    def _with_secret(self, values: dict[str, Any], secret: str) -> dict[str, Any]:
        """The one before goes on counting until the provider has the new one."""
        is_app = bool(values.get("app_id"))
        teller = rotating.teller_of(self.instance.transport, self.instance.delivery, is_app=is_app)
        return secrecy.with_secret(values, secret, now=time.time(), by_hand=teller is Teller.PERSON)


def _ids(value: Any) -> list[str]:
    if not isinstance(value or [], list):
        raise forms.ValidationError(_LIST)
    ids = [str(item).strip() for item in value or []]
    if not all(item.lstrip("-").isdecimal() for item in ids):
        raise forms.ValidationError("Ids are numbers.")
    return ids
