"""The platform's settings with Django's admin as it comes: no theme, no templates of ours."""

from __future__ import annotations

from botplatform.settings import *  # noqa: F403 - Django's way
from botplatform.settings import INSTALLED_APPS as THEIRS
from botplatform.settings import TEMPLATES

_ADMIN = {"django.contrib.admin": "django.contrib.admin.apps.SimpleAdminConfig"}
INSTALLED_APPS = [_ADMIN.get(name, name) for name in THEIRS if not name.startswith("unfold")]
TEMPLATES = [{**TEMPLATES[0], "DIRS": []}]
ROOT_URLCONF = "bench.stock"
