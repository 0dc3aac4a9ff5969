"""Lists by keyset: pages that begin beyond a row, never at a number, so that the last costs what the first does."""

from botplatform.admin.keyset.changelist import KeysetChangeList
from botplatform.admin.keyset.searching import Search, by_number

__all__ = ["KeysetChangeList", "Search", "by_number"]
