from __future__ import annotations

from django.contrib import admin
from django.urls import path
from django.views.generic import RedirectView

from botplatform import chat, views

urlpatterns = [
    path("webhooks/<slug:transport>/<slug:bot>/", views.webhook, name="webhook"),
    path("health/live/", views.live, name="live"),
    path("health/", views.ready, name="health"),
    path("login/", chat.SignIn.as_view(), name="login"),
    path("chat/", chat.page, name="chat"),
    path("sign-in/<str:token>/", chat.sign_in, name="sign-in"),
    path("admin/", admin.site.urls),
    path("", RedirectView.as_view(url="/chat/"), name="home"),
]
