"""Schemas that a server wrote, made fit to be checked against and shown to a model.

Regular expressions would be run by Python's engine, which can hang on one, and references could be fetched.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import jsonschema

SCHEMA_CHARS = 20_000
DEPTH = 24

_DROPPED = frozenset({"pattern", "format", "$id", "$schema", "$anchor", "$comment", "$vocabulary", "contentSchema"})
_REFUSED = frozenset({"patternProperties", "$dynamicRef", "$dynamicAnchor", "$recursiveRef", "$recursiveAnchor"})
_NAMED = frozenset({"properties", "$defs", "definitions", "dependentSchemas", "dependentRequired"})
"""Keywords beneath which the keys are names, not keywords."""
_VALUES = frozenset({"const", "enum", "default", "examples", "example"})


class Unfit(Exception):
    """The schema cannot be used; the message says why."""


def fit(schema: Any) -> dict[str, Any]:
    """The schema of an object's properties without what could be abused. Raises Unfit."""
    if not isinstance(schema, Mapping) or schema.get("type") != "object":
        raise Unfit("its input is not described as an object")
    try:
        if len(json.dumps(schema)) > SCHEMA_CHARS:
            raise Unfit("the description of its input is too long")
    except (TypeError, ValueError, RecursionError):
        raise Unfit("the description of its input is not JSON") from None
    kept = _keywords(schema, DEPTH)
    kept.setdefault("properties", {})
    try:
        jsonschema.Draft202012Validator.check_schema(kept)
    except jsonschema.SchemaError:
        raise Unfit("the description of its input is not a JSON Schema") from None
    return kept


def _keywords(schema: Mapping[str, Any], depth: int) -> dict[str, Any]:
    if depth <= 0:
        raise Unfit("the description of its input goes too deep")
    if unusable := _REFUSED & schema.keys():
        raise Unfit(f"the description of its input uses {min(unusable)}")
    kept: dict[str, Any] = {}
    for key, value in schema.items():
        if key == "$ref":
            if not isinstance(value, str) or not value.startswith(("#/$defs/", "#/definitions/")):
                raise Unfit("the description of its input refers to something outside of it")
            kept[key] = value
        elif key in _VALUES:
            kept[key] = value
        elif key in _NAMED and isinstance(value, Mapping):
            kept[key] = {name: _value(one, depth - 1) for name, one in value.items()}
        elif key not in _DROPPED:
            kept[key] = _value(value, depth - 1)
    return kept


def _value(value: Any, depth: int) -> Any:
    if isinstance(value, Mapping):
        return _keywords(value, depth)
    if isinstance(value, list):
        return [_value(one, depth - 1) for one in value]
    return value
