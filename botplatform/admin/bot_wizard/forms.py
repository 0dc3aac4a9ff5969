"""What the wizard asks for. Secrets go in and never come out."""

from __future__ import annotations

import re
from typing import Any

from django import forms
from django.core.validators import validate_slug
from unfold.widgets import UnfoldAdminPasswordWidget, UnfoldAdminTextareaWidget, UnfoldAdminTextInputWidget

from botplatform.admin.choosing import Buttons
from botplatform.models import Bot
from transports.github.hooks import is_repository

WAYS = {
    "auto": "By webhook where PUBLIC_URL is set, else by polling; TELEGRAM_MODE says more.",
    "polling": "A web process asks Telegram for updates. Needs nothing, and works on a laptop.",
    "webhook": "Telegram posts updates to PUBLIC_URL over HTTPS. A secret of the bot's own is made and registered.",
}
_FORMS = {
    "telegram": (re.compile(r"\d{3,20}:[A-Za-z0-9_-]{10,100}"), "A token of Telegram's looks like 123456789:AA…"),
    "github": (re.compile(r"[!-~]{10,300}"), "A token of GitHub's looks like github_pat_… or ghp_…"),
}


def hidden(label: str, help_text: str = "") -> forms.CharField:
    """A secret: what was entered never comes back."""
    widget = UnfoldAdminPasswordWidget(attrs={"autocomplete": "new-password"}, render_value=False)
    return forms.CharField(label=label, help_text=help_text, widget=widget, max_length=500)


class TokenForm(forms.Form):
    """A token."""

    token = hidden("Token", "Stored encrypted, never shown again.")

    def __init__(self, *args: Any, transport: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._transport = transport

    def clean_token(self) -> str:
        pattern, like = _FORMS[self._transport]
        token: str = self.cleaned_data["token"].strip()
        if not pattern.fullmatch(token):
            raise forms.ValidationError(like)
        return token


class KeyForm(forms.Form):
    """A GitHub App's private key. An area shows what is typed, so it is never filled in again."""

    private_key = forms.CharField(
        label="Private key",
        help_text="The PEM file that GitHub gives under “Generate a private key”. Stored encrypted, never shown again.",
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 6, "autocomplete": "off", "spellcheck": "false"}),
        max_length=10_000,
    )

    def clean_private_key(self) -> str:
        key: str = self.cleaned_data["private_key"].strip()
        if "PRIVATE KEY" not in key:
            raise forms.ValidationError("Paste the whole file, from BEGIN to END.")
        return f"{key}\n"

    def forget(self) -> None:
        """What was entered does not go back into the page."""
        self.data = {}


class SlugForm(forms.Form):
    """The name in the bot's addresses."""

    slug = forms.CharField(
        max_length=64,
        validators=[validate_slug],
        widget=UnfoldAdminTextInputWidget(),
        label="Name here",
        help_text="Part of the webhook's address; letters, digits and hyphens. It cannot be changed later.",
    )

    def __init__(self, *args: Any, transport: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._transport = transport

    def clean_slug(self) -> str:
        slug: str = self.cleaned_data["slug"].strip()
        if Bot.objects.filter(transport=self._transport, slug=slug).exists():
            raise forms.ValidationError("There is a bot of this name.")
        return slug


class TelegramForm(SlugForm):
    """A Telegram bot, beside its token."""

    delivery = forms.ChoiceField(
        choices=[(way, way) for way in WAYS], initial="auto", label="How updates come in", widget=Buttons()
    )

    def __init__(self, *args: Any, public: str, **kwargs: Any) -> None:
        super().__init__(*args, transport="telegram", **kwargs)
        self._public = public
        self.fields["delivery"].widget.descriptions = WAYS

    def clean_delivery(self) -> str:
        way: str = self.cleaned_data["delivery"]
        if way == "webhook" and not self._public:
            raise forms.ValidationError("A webhook needs PUBLIC_URL, which is not set. Let the bot poll.")
        return way


class GitHubForm(SlugForm):
    """A machine user, beside its token."""

    repository = forms.CharField(
        required=False,
        max_length=201,
        widget=UnfoldAdminTextInputWidget(),
        label="Make the webhook in this repository",
        help_text="owner/name. The token needs the permission to administer webhooks there. Empty: you make it yourself.",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, transport="github", **kwargs)

    def clean_repository(self) -> str:
        name: str = self.cleaned_data["repository"].strip()
        if name and not is_repository(name):
            raise forms.ValidationError("Write owner/name.")
        return name


class AppForm(SlugForm):
    """A GitHub App that does not exist yet."""

    name = forms.CharField(
        max_length=34, widget=UnfoldAdminTextInputWidget(), label="Name of the App",
        help_text="Unique on GitHub; it can still be changed there. People mention the App by it.",
    )  # fmt: skip
    organisation = forms.CharField(
        required=False, max_length=39, widget=UnfoldAdminTextInputWidget(), label="Organisation that owns it",
        help_text="Empty: your own account.",
    )  # fmt: skip

    field_order = ("name", "slug", "organisation")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, transport="github", **kwargs)

    def clean_organisation(self) -> str:
        login: str = self.cleaned_data["organisation"].strip()
        if login and not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9-]{0,38}", login, re.ASCII):
            raise forms.ValidationError("Write the organisation's login, as in its address.")
        return login
