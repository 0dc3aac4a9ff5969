"""Rules that operators write about a tool's arguments: JSON Schema, its regular expressions under RE2.

Python's own engine can hang on an expression, and the arguments are a model's.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import jsonschema
import re2
from jsonschema.exceptions import ValidationError
from jsonschema.validators import extend

UNREAD = frozenset({"$ref", "$dynamicRef", "patternProperties"})
"""Keywords that rules may not have: references would be fetched, and expressions for names are matched by Python."""


def _pattern(validator: Any, expression: str, value: Any, schema: Any) -> Iterator[ValidationError]:
    if isinstance(value, str) and not _compiled(expression).search(value):
        yield ValidationError(f"{value[:100]!r} does not match {expression!r}")


_Rule = extend(jsonschema.Draft202012Validator, {"pattern": _pattern})  # type: ignore[no-untyped-call]


def fits(rule: Mapping[str, Any], arguments: Mapping[str, Any]) -> bool:
    """Whether the arguments are among those that the rule means. Raises ValueError for a rule that cannot be used."""
    if wrong := unusable(rule):
        raise ValueError(wrong)
    return bool(_Rule(dict(rule)).is_valid(dict(arguments)))


def unusable(rule: Any) -> str:
    """Why a rule cannot be used, for whoever wrote it; empty when it can."""
    if not isinstance(rule, Mapping):
        return "Write a JSON object."
    try:
        jsonschema.Draft202012Validator.check_schema(rule)
    except jsonschema.SchemaError as error:
        return f"This is not a JSON Schema: {error.json_path}: {error.message[:200]}"
    return next(_found(rule), "")


def _found(part: Any) -> Iterator[str]:
    if isinstance(part, Mapping):
        if unread := UNREAD & set(part):
            yield f"References ($ref) are not followed, nor are patterns of names: leave out {', '.join(sorted(unread))}."
        if isinstance(expression := part.get("pattern"), str):
            try:
                _compiled(expression)
            except re2.error as error:
                yield f"RE2 cannot read the pattern {expression[:100]!r}: {str(error)[:200]}"
    parts = part.values() if isinstance(part, Mapping) else part if isinstance(part, list) else ()
    for one in parts:
        yield from _found(one)


def _compiled(expression: str) -> Any:
    options = re2.Options()
    options.log_errors = False
    return re2.compile(expression, options)
