"""What all pages of the console share."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from django.contrib.admin import ShowFacets, SimpleListFilter
from django.contrib.admin.options import IS_POPUP_VAR
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse
from unfold.admin import ModelAdmin
from unfold.paginator import InfinitePaginator

from botplatform.admin.operations import Operation
from botplatform.admin.panels import Panel
from botplatform.admin.showing import visible, visible_html


class Shown:
    """A row whose name shows what is invisible in it; otherwise the row itself."""

    def __init__(self, row: Model) -> None:
        self._row = row

    def __getattr__(self, name: str) -> Any:
        return getattr(self._row, name)

    def __str__(self) -> str:
        return visible(str(self._row))


class _Preprocess(dict[Any, Callable[[str], str]]):
    """Every read-only value goes through `visible_html`, whatever its name."""

    def keys(self) -> Any:
        return self

    def __contains__(self, name: object) -> bool:
        return True

    def __missing__(self, name: Any) -> Callable[[str], str]:
        return visible_html


class ConsoleAdmin(ModelAdmin):
    """A model's list and page: quick lists, operations, panels."""

    operations: Sequence[Operation] = ()
    quick_filters: Sequence[tuple[str, str]] = ()
    """Title and query of links above the list."""
    show_full_result_count = False
    show_facets = ShowFacets.NEVER
    list_per_page = 50
    readonly_preprocess_fields = _Preprocess()
    list_before_template = "admin/quick_filters.html"
    change_form_outer_before_template = "admin/operations.html"
    change_form_outer_after_template = "admin/panels.html"

    def panels(self, request: HttpRequest, row: Any) -> list[Panel]:
        """What stands below the row's fields."""
        return []

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        offered = {} if IS_POPUP_VAR in request.GET else {op.name: op for op in self.operations if op.allowed(request)}
        return {**super().get_actions(request), **{name: (op, name, op.title) for name, op in offered.items()}}

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        row = kwargs.get("obj")
        if row is not None:
            context["original"], context["subtitle"] = Shown(row), visible(str(row))
            context["panels"] = self.panels(request, row)
            context["operations"] = [op for op in self.operations if op.allowed(request) and op.offered(row)]
        answer: HttpResponse = super().render_change_form(request, context, *args, **kwargs)
        return answer


class PipelineAdmin(ConsoleAdmin):
    """Rows that only the pipeline writes: seen here, never added, edited or deleted by hand."""

    ordering: Sequence[str] = ("-id",)
    paginator = InfinitePaginator
    list_disable_select_all = True
    heavy: Sequence[str] = ()
    """Columns that the list does not read."""

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows: QuerySet[Any] = super().get_queryset(request)
        match = request.resolver_match
        return rows.defer(*self.heavy) if match and str(match.url_name).endswith("_changelist") else rows

    def get_sortable_by(self, request: HttpRequest) -> list[Any]:
        """By id, and by what has an index: the tables are large."""
        return [shown for shown in self.list_display if shown == "id" or hasattr(shown, "admin_order_field")]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


def choices(name: str, values: Sequence[str], title: str = "") -> type[SimpleListFilter]:
    """A filter over known values, which are not looked up in the table."""

    class Choices(SimpleListFilter):
        def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
            return [(value, value) for value in values]

        def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
            return queryset.filter(**{name: self.value()}) if self.value() in values else queryset

    Choices.title = title or name.replace("_", " ")
    Choices.parameter_name = name
    return Choices
