"""Secrets that the operator did not set: generated once into DATA_DIR, readable by its owner alone."""

from __future__ import annotations

import os
import secrets
from pathlib import Path


def secret(directory: Path, name: str, value: str) -> str:
    """Return the stored secret `name`, storing `value` if there is none yet; safe when several processes start at once."""
    path = directory / "secrets" / name
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    draft = path.with_name(f".{name}.{os.getpid()}.{secrets.token_hex(4)}")
    if not path.exists():
        draft.touch(mode=0o600)
        draft.write_text(value)
        try:
            os.link(draft, path)
        except FileExistsError:
            pass  # another process was first; its value counts
        finally:
            draft.unlink()
    return path.read_text().strip()
