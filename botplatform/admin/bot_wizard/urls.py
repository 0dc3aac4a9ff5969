"""The wizard's addresses, below those of the bots."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from django.http import HttpResponse
from django.urls import URLPattern, path
from django.views.decorators.debug import sensitive_post_parameters

from botplatform.admin.bot_wizard import begin, github_app, renewing, rotating_page, setting_up

View = Callable[..., HttpResponse]

_VIEWS: list[tuple[str, str, View]] = [
    ("new/", "new", begin.choose_view),
    ("new/account/", "new_account", begin.account_view),
    ("new/github-app/", "new_app", github_app.app_view),
    ("new/github-app/done/", "new_app_done", github_app.done_view),
    ("new/<slug:transport>/", "new_token", begin.token_view),
    ("<int:bot_id>/set-up/", "setup", setting_up.setup_view),
    ("<int:bot_id>/state/", "state", setting_up.state_view),
    ("<int:bot_id>/people/", "people", setting_up.people_view),
    ("<int:bot_id>/greet/", "greet", setting_up.greet_view),
    ("<int:bot_id>/renew/", "renew", renewing.renew_view),
    ("<int:bot_id>/rotate/", "rotate", rotating_page.rotate_view),
]


def routes(console: Any) -> list[URLPattern]:
    """Behind the console's login; what is posted to them stays out of error reports."""
    shut = sensitive_post_parameters()
    return [
        path(address, console.admin_site.admin_view(shut(partial(view, console))), name=f"botplatform_bot_{name}")
        for address, name, view in _VIEWS
    ]
