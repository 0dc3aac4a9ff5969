"""Columns of lists and fields of pages, made from a model's field names."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import admin
from django.db.models import Model

from botplatform.admin import showing
from botplatform.admin.showing import Column

ROOMY = 30
"""Longer texts get a column in which they do not break at every word."""


def column(name: str, title: str = "", *, sort: str | None = None) -> Callable[[Column], Column]:
    """Decorator: a function of a row becomes a column that sorts by `sort` and takes its help text from field `name`."""

    def named(function: Column) -> Column:
        function.__name__ = name
        shown: Column = admin.display(description=title or name.replace("_", " "), ordering=sort)(function)
        return shown

    return named


def link(name: str, title: str = "") -> Column:
    """A foreign key as a link to its row's page."""

    @column(name, title)
    def shown(row: Any) -> object:
        target: Model | None = getattr(row, name)
        return showing.anchor(target) if target is not None else showing.NOTHING

    return shown


def number(name: str, model: type[Model], title: str = "") -> Column:
    """A foreign key as a link that needs no look at its row: its number alone."""

    @column(name, title)
    def shown(row: Any) -> object:
        pk = getattr(row, f"{name}_id")
        return showing.anchor(model(pk=pk), str(pk)) if pk is not None else showing.NOTHING

    return shown


def excerpt(name: str, title: str = "", *, length: int = 70) -> Column:
    """The beginning of a text in one line."""

    @column(name, title)
    def shown(row: Any) -> object:
        text = showing.shorten(getattr(row, name), length)
        return showing.roomy(text) if len(text) > ROOMY else text or showing.NOTHING

    return shown


def whole(name: str, title: str = "") -> Column:
    """A text as it is."""

    @column(name, title)
    def shown(row: Any) -> object:
        return showing.block(getattr(row, name)) if getattr(row, name) else showing.NOTHING

    return shown


def json_of(name: str, title: str = "") -> Column:
    """A JSON value, indented."""

    @column(name, title)
    def shown(row: Any) -> object:
        value = getattr(row, name)
        return showing.NOTHING if value in (None, {}, []) else showing.block(showing.pretty(value))

    return shown


def state(name: str = "state", title: str = "") -> Column:
    """A state in its colour."""

    @column(name, title)
    def shown(row: Any) -> object:
        return showing.label(getattr(row, name))

    return shown


def when(name: str, title: str = "", *, sort: bool = False) -> Column:
    """A moment in a list. Sorting by it is for columns with an index."""

    @column(name, title or name.removesuffix("_at").replace("_", " "), sort=name if sort else None)
    def shown(row: Any) -> object:
        return showing.short_moment(getattr(row, name))

    return shown


def moment(name: str, title: str = "") -> Column:
    """A moment on a page."""

    @column(name, title)
    def shown(row: Any) -> object:
        return showing.full_moment(getattr(row, name))

    return shown


def plain(name: str, title: str = "") -> Column:
    """A number."""

    @column(name, title)
    def shown(row: Any) -> object:
        return getattr(row, name)

    return shown
