"""What the info agent may tell about the bot and whoever runs it."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.db import models
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from unfold.widgets import UnfoldAdminURLInputWidget

from botplatform.admin import columns
from botplatform.admin.agent_forms import add_errors, text_area
from botplatform.admin.base import ConsoleAdmin
from botplatform.admin.scoping import bots_of
from botplatform.models import InfoPage
from botplatform.pipeline import configs, vetting
from botplatform.pipeline.composing import PAGE_VARIABLES

_OFFERED = ", ".join(f"{{{{ {name} }}}}" for name in PAGE_VARIABLES)


class InfoPageForm(forms.ModelForm):  # type: ignore[type-arg]
    """Quoted with its title as the source, so a bot has one page of a title."""

    text = text_area(14, f"Markdown. {_OFFERED} are filled in; write \\{{{{ for braces that mean nothing.")

    url = forms.URLField(
        required=False, assume_scheme="https", max_length=200, label="URL", widget=UnfoldAdminURLInputWidget(),
        help_text="Where people can read more.",
    )  # fmt: skip

    class Meta:
        model = InfoPage
        fields = ("title", "text", "url", "bot", "position", "enabled")

    def clean_url(self) -> str:
        url: str = self.cleaned_data["url"]
        if url and not url.startswith(("https://", "http://")):
            raise forms.ValidationError("Write an address that begins with https:// or http://.")
        return url

    def clean(self) -> dict[str, Any]:
        given = self.cleaned_data
        text = vetting.check_text(given.get("text", ""), vetting.PAGE_CHARS, PAGE_VARIABLES)
        alike = InfoPage.objects.filter(title=given.get("title"), bot=given.get("bot")).exclude(pk=self.instance.pk)
        title = ["There is a page of this title."] if alike.exists() else []
        add_errors(self, {name: lines for name, lines in (("text", text), ("title", title)) if lines})
        return given


@admin.register(InfoPage)
class InfoPageAdmin(ConsoleAdmin):
    form = InfoPageForm
    ordering = ("position", "id")
    list_display = ("title", columns.excerpt("text", length=100), "bot", "position", "enabled")
    list_select_related = ("bot",)
    list_editable = ("position", "enabled")
    list_filter = ("enabled", "bot")
    formfield_overrides = {models.URLField: {"assume_scheme": "https"}}
    fields = ("title", "text", "url", "bot", "position", "enabled")

    def get_queryset(self, request: HttpRequest) -> QuerySet[InfoPage]:
        """Pages of all bots, and those of the bots that the person may see."""
        rows: QuerySet[InfoPage] = super().get_queryset(request)
        limited = bots_of(request.user)
        return rows if limited is None else rows.filter(Q(bot=None) | Q(bot__in=limited))

    def save_model(self, request: HttpRequest, obj: InfoPage, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        configs.forget()
