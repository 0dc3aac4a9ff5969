"""Between a provider's delivery and the batch: nothing lost, nothing doubled, whoever dies."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from typing import Any

import httpx
import psycopg
import pytest

from tests.fakes.telegram_updates import Update, text_update
from tests.system.fakes import Fakes
from tests.system.flood import flood
from tests.system.installation import MANAGE
from tests.system.load import Load, fresh_chats
from tests.system.platform import Platform

SETTINGS = {"SWEEP_SECONDS": "2", "HEARTBEAT_SECONDS": "1"}
ARGUMENTS = ("--workers", "2")
