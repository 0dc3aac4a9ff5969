"""A list of the admin whose pages are found by keyset."""

from __future__ import annotations

from typing import Any

from django.contrib.admin import helpers
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.views.main import ORDER_VAR, PAGE_VAR
from django.db import DataError
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.http import urlencode
from unfold.views import ChangeList

from botplatform.admin.keyset.bounding import TooSlow, bounded
from botplatform.admin.keyset.pages import Found, found_at, pages
from botplatform.admin.keyset.place import AFTER, VARIABLES, Order, Place
from botplatform.admin.keyset.searching import find
from botplatform.admin.keyset.window import Window, around

TEXTS = "texts"
"""In the query string: search the texts, though an index found something."""
OURS = (*VARIABLES, TEXTS)


class KeysetChangeList(ChangeList):
    """Ordered as the admin says, 50 rows a page, never counted. What no index serves looks at a stretch of ids at a time."""

    query: str

    def __init__(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        self.place = Place(Order())
        self.found_ids: list[int] = []
        self.too_slow = False
        super().__init__(request, *args, **kwargs)

    # -- what is asked for

    def get_filters_params(self, params: Any = None) -> Any:
        chosen = super().get_filters_params(params)
        return {name: values for name, values in chosen.items() if name not in (*OURS, PAGE_VAR)}

    def get_query_string(self, new_params: Any = None, remove: Any = None) -> str:
        """Another filter begins at the first page again."""
        given = {name: values for name, values in self.filter_params.items() if name not in (*VARIABLES, ORDER_VAR)}
        given = {name: values for name, values in given.items() if not name.startswith(tuple(remove or ()))}
        given |= new_params or {}
        return "?" + urlencode(sorted((name, value) for name, value in given.items() if value is not None), doseq=True)

    def get_ordering(self, request: HttpRequest, queryset: QuerySet[Any]) -> list[str]:
        return list(self._order().fields())

    def get_ordering_field_columns(self) -> dict[int, str]:
        return {}

    def _order(self) -> Order:
        return Order.of(self.model, self.model_admin.ordering)

    # -- which rows

    def get_queryset(self, request: HttpRequest, exclude_parameters: Any = None) -> QuerySet[Any]:
        """With filters and search. Rows that were ticked are those rows, even if they no longer fit the filter."""
        asked: str = self.query
        self.found_ids = [] if TEXTS in request.GET else self._find(asked)
        try:
            self.query = "" if self.found_ids else asked
            rows: QuerySet[Any] = super().get_queryset(request, exclude_parameters)
        finally:
            self.query = asked
        if _acts_on_ticked(request):
            rows = self.root_queryset
        elif self.found_ids:
            rows = rows.filter(pk__in=self.found_ids)
        return rows

    def _find(self, term: str) -> list[int]:
        try:
            with bounded():
                return find(self.model_admin.search_by, term)
        except TooSlow:
            return []

    def get_results(self, request: HttpRequest) -> None:
        per_page = self.list_per_page
        self.place = place = Place.read(self._order(), request.GET)
        window, found = None, Found((), False)
        if not _acts_on_ticked(request):
            try:
                with bounded():
                    window, found = self._read(per_page)
            except TooSlow:
                self.too_slow = True
            except (DataError, ValueError) as error:
                raise IncorrectLookupParameters(error) from error
        self.result_list = list(found.rows)
        self.model_admin.complete(request, self.result_list)
        self.paginator: Any = pages(place, found, window, self.get_query_string, per_page=per_page)
        self.result_count = self.full_result_count = len(self.result_list)
        self.show_full_result_count, self.show_admin_actions = False, True
        self.can_show_all = self.multi_page = False

    def _read(self, per_page: int) -> tuple[Window | None, Found]:
        place, rows = self.place, self.queryset.filter(self.place.beyond())
        window = self._window()
        if window:
            rows = rows.filter(window.inside())
        backwards = place.direction == AFTER
        fetched = list(rows.order_by(*place.order.fields(backwards=backwards))[: per_page + 1])
        return window, found_at(place, fetched, per_page=per_page)

    def _window(self) -> Window | None:
        """Needed where a filter or a search has no index."""
        if self.place.order.column or self.found_ids or not self._is_searched():
            return None
        length = self.model_admin.looks_through if self.query else self.model_admin.looks_at
        return around(self.place, self.model._base_manager.all(), length=length)

    def _is_searched(self) -> bool:
        admin = self.model_admin
        if self.query and not admin.search_is_served:
            return True
        chosen = {name: str(values[-1]) for name, values in self.get_filters_params().items() if values}
        if any(_leads_to_rows(name) or value in admin.served.get(name, ()) for name, value in chosen.items()):
            return False
        return bool(chosen.keys() - set(admin.harmless))

    @property
    def in_texts(self) -> str:
        """The same search, in the texts too."""
        return self.get_query_string({TEXTS: "1"}) if self.found_ids else ""


def _acts_on_ticked(request: HttpRequest) -> bool:
    ticked = helpers.ACTION_CHECKBOX_NAME in request.POST
    return request.method == "POST" and ticked and request.POST.get("select_across", "0") != "1"


def _leads_to_rows(name: str) -> bool:
    """A foreign key, which has an index; a bot has too many rows for that to help."""
    return name.endswith(("__id__exact", "_id__exact")) and not name.startswith("bot")
