"""What all pages of the console share."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from functools import cache
from http import HTTPStatus
from typing import Any

from django.contrib.admin import ShowFacets, SimpleListFilter, display
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.options import IS_POPUP_VAR
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.safestring import mark_safe
from unfold.admin import ModelAdmin, checkbox

from botplatform.admin import audit_panel
from botplatform.admin.auditing import audit, differing, values_of
from botplatform.admin.keyset import KeysetChangeList, Search
from botplatform.admin.operations import Operation
from botplatform.admin.panels import Panel, address
from botplatform.admin.scoping import within
from botplatform.admin.showing import visible, visible_html
from botplatform.admin.story.links import trail
from botplatform.models import AuditEntry, Bot


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


def _plain(value: Any) -> Any:
    """Rows and lists of them by their names."""
    if isinstance(value, Model):
        return str(value)
    return [_plain(one) for one in value] if isinstance(value, list | tuple | set | QuerySet) else value


def _told(message: Any) -> str:
    """Django's own messages are lists; they repeat what before and after say."""
    return message if isinstance(message, str) else ""


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
    change_form_before_template = "admin/story/trail.html"
    change_form_outer_after_template = "admin/panels.html"

    def panels(self, request: HttpRequest, row: Any) -> list[Panel]:
        """What stands below the row's fields."""
        return []

    def get_changelist_formset(self, request: HttpRequest, **kwargs: Any) -> Any:
        """Fields in a list have no label beside them, so they say their names to screen readers."""
        formset = super().get_changelist_formset(request, **kwargs)
        for name, field in formset.form.base_fields.items():
            field.widget.attrs.setdefault("aria-label", str(field.label or name))
        return formset

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Of the bots that the person may see."""
        return within(request.user, super().get_queryset(request))

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Any:
        """An empty `_to_field` is none; Django would look for a field of that name."""
        return super().get_object(request, object_id, from_field or None)

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Offered and taken are the bots that the person may see."""
        if db_field.related_model is Bot:
            kwargs.setdefault("queryset", within(request.user, Bot.objects.all()))
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def save_form(self, request: HttpRequest, form: Any, change: bool) -> Any:
        """Remember what was there before."""
        stored = self.model._base_manager.filter(pk=form.instance.pk).first() if change else None
        columns = {field.name for field in self.model._meta.concrete_fields}
        others = [name for name in form.changed_data if name not in columns]
        self._remember(
            request,
            before={
                **(values_of(stored) if stored else {}),
                **{name: _plain(form.initial.get(name)) for name in others},
            },
            after={name: _plain(form.cleaned_data.get(name)) for name in others},
        )
        return super().save_form(request, form, change)

    @staticmethod
    def _remember(request: HttpRequest, **values: dict[str, Any]) -> None:
        request._audited = values  # type: ignore[attr-defined]  # until log_change, in the same request

    # The audit log takes the place of Django's own: one record of what was done, and one that nobody can change.

    def log_addition(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        remembered = getattr(request, "_audited", {}).get("after", {})
        audit(request, obj, f"{obj._meta.model_name}.add", after={**values_of(obj), **remembered}, told=_told(message))

    def log_change(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        remembered = getattr(request, "_audited", {"before": {}, "after": {}})
        now = {**values_of(obj), **remembered["after"]} if remembered["before"] else {}
        was, now = differing(remembered["before"], now)
        audit(request, obj, f"{obj._meta.model_name}.change", before=was, after=now, told=_told(message))

    def log_deletions(self, request: HttpRequest, queryset: Any) -> Any:
        for row in queryset:
            audit(request, row, f"{row._meta.model_name}.delete", before=values_of(row))

    def history_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> HttpResponse:
        """To the audit log, for those who may see the row."""
        answer: HttpResponse = super().history_view(request, object_id, extra_context)
        told = address(AuditEntry, object_type=self.model._meta.label_lower, object_id=object_id)
        return HttpResponseRedirect(told) if answer.status_code == HTTPStatus.OK else answer

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        offered = {} if IS_POPUP_VAR in request.GET else {op.name: op for op in self.operations if op.allowed(request)}
        return {**super().get_actions(request), **{name: (op, name, op.title) for name, op in offered.items()}}

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        row = kwargs.get("obj")
        if row is not None:
            context["original"], context["subtitle"] = Shown(row), visible(str(row))
            context["trail"] = trail(request, row)
            context["panels"] = [*self.panels(request, row), *audit_panel.of(request, row)]
            context["operations"] = [op for op in self.operations if op.allowed(request) and op.offered(row)]
        answer: HttpResponse = super().render_change_form(request, context, *args, **kwargs)
        return answer


_PLACE = "the-row"


@cache
def _tick_box() -> str:
    return str(checkbox.render(ACTION_CHECKBOX_NAME, _PLACE))


class PipelineAdmin(ConsoleAdmin):
    """Rows that only the pipeline writes: seen here, never added, edited or deleted by hand."""

    ordering: Sequence[str] = ("-id",)
    """One column of moments, or the id; the newest first."""
    list_disable_select_all = True
    heavy: Sequence[str] = ()
    """Columns that the list does not read."""
    search_by: Sequence[Search] = ()
    """Ways to find rows by an index. What they find is shown alone; otherwise `search_fields` are looked through."""
    search_is_served = False
    """Whether an index helps with the rest of the search too, or the table is small."""
    served: Mapping[str, Collection[str]] = {}
    """Filters and those of their values for which an index knows the rows. Others look at `looks_at` ids at a time."""
    harmless: Collection[str] = ("bot__id__exact",)
    """Filters that most rows pass, or the index of which the database chooses by itself."""
    looks_at = 200_000
    looks_through = 50_000
    """The same where texts are searched, which costs more a row."""

    @display(description="select")
    def action_checkbox(self, obj: Model) -> str:
        """As unfold's own, which is drawn anew for each row."""
        return mark_safe(_tick_box().replace(_PLACE, str(int(obj.pk))))  # noqa: S308 - a number in a widget's own markup

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[KeysetChangeList]:
        return KeysetChangeList

    def complete(self, request: HttpRequest, rows: Sequence[Any]) -> None:
        """Give a page's rows what their columns need beside the row: one query of each kind for all of them."""

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows: QuerySet[Any] = super().get_queryset(request)
        match = request.resolver_match
        return rows.defer(*self.heavy) if match and str(match.url_name).endswith("_changelist") else rows

    def get_sortable_by(self, request: HttpRequest) -> list[Any]:
        return []

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
