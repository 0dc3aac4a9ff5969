"""People, roles, second steps, and who is locked out."""

from __future__ import annotations

from botplatform.admin.people import groups, locked, users

__all__ = ["groups", "locked", "users"]
