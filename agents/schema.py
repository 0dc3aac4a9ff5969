"""Whether arguments fit a tool's schema."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import jsonschema


def unfit(schema: Mapping[str, Any], arguments: Any) -> str:
    """What is wrong with the arguments, with its place; empty when they fit."""
    validator = jsonschema.Draft202012Validator(dict(schema))
    error = jsonschema.exceptions.best_match(validator.iter_errors(arguments))
    return f"{error.json_path}: {error.message}"[:400] if error else ""
