"""Who is alive: each process says so in one row, every heartbeat."""

from __future__ import annotations

import os
import socket
from collections.abc import Mapping
from typing import Any

from psycopg.types.json import Jsonb

from botplatform.pipeline import db
from botplatform.pipeline.leases import worker_name

_SEEN = """
    INSERT INTO botplatform_process (name, role, detail) VALUES (%(name)s, %(role)s, %(detail)s)
    ON CONFLICT (name) DO UPDATE SET seen_at = now(), detail = EXCLUDED.detail"""
_GONE = "DELETE FROM botplatform_process WHERE name = %s"


async def seen(role: str, detail: Mapping[str, Any] | None = None) -> None:
    """This process lives."""
    about = {"pid": os.getpid(), "host": socket.gethostname(), **(detail or {})}
    await db.change(_SEEN, {"name": worker_name(role), "role": role, "detail": Jsonb(about)})


async def gone(role: str) -> None:
    """This process ends in good order."""
    await db.change(_GONE, (worker_name(role),))
