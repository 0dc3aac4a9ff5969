from __future__ import annotations


class EmbeddedError(Exception):
    """An embedded server cannot be had. The message is one line that says why and what to do."""
