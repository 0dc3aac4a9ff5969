"""The list of updates by a ModelAdmin without anything of ours but the columns: pages by number, and counted."""

from __future__ import annotations

from django.contrib.admin import AdminSite, ModelAdmin
from django.core.asgi import get_asgi_application
from django.urls import path

application = get_asgi_application()

from botplatform.models import Update  # noqa: E402 - the models want Django set up


class UpdateAdmin(ModelAdmin):  # type: ignore[type-arg]
    list_display = (
        "id",
        "bot",
        "kind",
        "state",
        "reason",
        "author_name",
        "text",
        "batch_id",
        "received_at",
    )
    list_select_related = ("bot",)
    list_filter = ("state", "kind", "bot")
    search_fields = ("external_id", "request_id", "author_id", "text")
    list_per_page = 50


site = AdminSite(name="stock")
site.register(Update, UpdateAdmin)
urlpatterns = [path("stock/", site.urls)]
