"""What the platform runs on is asked for by requirements.txt, not only by those of the tests."""

from __future__ import annotations

import json
import subprocess
import sys
from importlib.metadata import PackageNotFoundError, packages_distributions, requires
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

REPOSITORY = Path(__file__).resolve().parent.parent
_LOAD = """
import json, sys
blocked = set(json.loads(sys.argv[1]))

class Absent:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in blocked:
            raise ModuleNotFoundError(f"No module named {name!r}")

sys.meta_path.insert(0, Absent())
import django; django.setup()
import botplatform.asgi, botplatform.tasks, botplatform.engine, botplatform.supervisor
import kombu.transport.redis, celery.bin.worker, django_celery_beat.schedulers, channels_redis.pubsub
import uvicorn.protocols.http.httptools_impl, uvicorn.protocols.websockets.websockets_impl
"""


def asked_for() -> set[str]:
    """The distributions that requirements.txt names, and all that they need."""
    lines = (REPOSITORY / "requirements.txt").read_text().splitlines()
    open_ = [Requirement(line) for line in lines if line.strip() and not line.startswith(("#", "-"))]
    found: set[tuple[str, str]] = set()
    while open_:
        wanted = open_.pop()
        for extra in ("", *wanted.extras):
            one = (canonicalize_name(wanted.name), extra)
            if one not in found:
                found.add(one)
                open_ += [
                    need for need in _needs(wanted.name) if not need.marker or need.marker.evaluate({"extra": extra})
                ]
    return {name for name, _ in found}


def _needs(name: str) -> list[Requirement]:
    try:
        return [Requirement(line) for line in requires(name) or []]
    except PackageNotFoundError:  # for another platform or Python
        return []


def test_web_worker_and_beat_need_nothing_else(tmp_path: Path) -> None:
    known = asked_for()
    others = [
        name
        for name, owners in packages_distributions().items()
        if not {canonicalize_name(owner) for owner in owners} & known
    ]
    assert "pytest" in others
    env = {"DJANGO_SETTINGS_MODULE": "botplatform.settings", "DATA_DIR": str(tmp_path), "PATH": "/usr/bin:/bin"}
    command = [sys.executable, "-c", _LOAD, json.dumps(others)]
    done = subprocess.run(command, cwd=REPOSITORY, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
