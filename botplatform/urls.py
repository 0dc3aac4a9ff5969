from __future__ import annotations

from django.contrib import admin
from django.urls import path
from django.views.generic import RedirectView

from botplatform import chat, views
from botplatform.admin.home import page as home
from botplatform.admin.people.own_password import own_password
from botplatform.admin.routing import quality
from botplatform.admin.search.page import search_view
from botplatform.admin.tools import page as tools
from botplatform.admin.workers import page as workers
from botplatform.people import entrances, oidc

urlpatterns = [
    path("webhooks/<slug:transport>/<slug:bot>/", views.webhook, name="webhook"),
    path("health/live/", views.live, name="live"),
    path("health/", views.ready, name="health"),
    path("login/", chat.SignIn.as_view(), name="login"),
    path("chat/", chat.page, name="chat"),
    path("sign-in/<str:token>/", chat.sign_in, name="sign-in"),
    path("second-step/", entrances.second_step, name="second-step"),
    path("oidc/begin/", oidc.Begin.as_view(), name="oidc-begin"),
    path("oidc/callback/", oidc.Return.as_view(), name="oidc-callback"),
    # The console's pages beside those of its rows; the first to match answers, so these come before the site's own.
    path("admin/login/", entrances.ConsoleEntrance.as_view()),
    *home.urls,
    *workers.urls,
    *tools.urls,
    *quality.urls,
    path("admin/search/", admin.site.admin_view(search_view), name="console-search"),
    path("admin/bots/new/", RedirectView.as_view(pattern_name="admin:botplatform_bot_new")),
    path("admin/password_change/", admin.site.admin_view(own_password)),
    path("admin/", admin.site.urls),
    path("", RedirectView.as_view(url="/chat/"), name="home"),
]
