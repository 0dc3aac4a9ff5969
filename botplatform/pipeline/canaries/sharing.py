"""takes(): which conversations a canary answers. A hash, so that the same conversation always gets the same side."""

from __future__ import annotations

import hashlib

PARTS = 10_000


def takes(canary_id: int, session_id: int, share_percent: int) -> bool:
    """Whether the conversation is among the canary's `share_percent`; another canary takes others."""
    digest = hashlib.sha256(f"{canary_id}:{session_id}".encode()).digest()
    return int.from_bytes(digest[:8], "big") % PARTS < share_percent * PARTS // 100
