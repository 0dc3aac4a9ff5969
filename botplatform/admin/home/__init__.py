"""The home page: whether all is well, what needs a person, and what has happened."""

from botplatform.admin.home.page import dashboard

__all__ = ["dashboard"]
