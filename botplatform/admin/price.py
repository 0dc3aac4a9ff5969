"""What models cost."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin

from botplatform.admin.base import ConsoleAdmin
from botplatform.models import ModelPrice

_PRICES = ("input_usd", "output_usd", "cache_read_usd", "cache_write_usd")


class PriceForm(forms.ModelForm):  # type: ignore[type-arg]
    """Prices are never negative."""

    class Meta:
        model = ModelPrice
        fields = ("model", *_PRICES)

    def clean(self) -> dict[str, Any]:
        for name in _PRICES:
            if (price := self.cleaned_data.get(name)) is not None and price < 0:
                self.add_error(name, "A price is not negative.")
        return self.cleaned_data


@admin.register(ModelPrice)
class ModelPriceAdmin(ConsoleAdmin):
    """US dollars per million tokens; steps keep what they were charged."""

    form = PriceForm
    ordering = ("model",)
    list_display = ("model", *_PRICES)
    search_fields = ("model",)
