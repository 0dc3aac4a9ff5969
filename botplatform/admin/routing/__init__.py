"""Routing in the console: the log of routes, patterns and their versions, cases, and how well it all works."""

from __future__ import annotations

from botplatform.admin.routing import case, pattern, route, version

__all__ = ["case", "pattern", "route", "version"]
