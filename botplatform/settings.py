"""Django's settings, derived from the checked environment (`config.py`)."""

from __future__ import annotations

import logging
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

from csp import constants as csp
from psycopg.conninfo import conninfo_to_dict

from botplatform import config, embedded, logs

BASE_DIR = Path(__file__).resolve().parent.parent
ENV = config.load()

# -- servers

DATA_DIR = ENV.DATA_DIR.resolve()
_embedded = embedded.addresses(DATA_DIR)
EMBEDDED_POSTGRES, EMBEDDED_REDIS = not ENV.DATABASE_URL, not ENV.REDIS_URL
DATABASE_URL = ENV.DATABASE_URL or _embedded.database_url
REDIS_URL = ENV.REDIS_URL or _embedded.redis_url
BROKER_URL = embedded.broker_url(REDIS_URL)

_parts = conninfo_to_dict(DATABASE_URL)
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": _parts.pop("dbname", "botplatform"),
        "USER": _parts.pop("user", ""),
        "PASSWORD": _parts.pop("password", ""),
        "HOST": _parts.pop("host", ""),
        "PORT": str(_parts.pop("port", "")),
        "OPTIONS": {**_parts, "pool": {"min_size": 0, "max_size": 10, "timeout": 10}},
    }
}

# -- the pipeline's figures

BATCH_WINDOW = timedelta(milliseconds=ENV.BATCH_WINDOW_MS)
BATCH_MAX_WINDOW = timedelta(milliseconds=ENV.BATCH_MAX_WINDOW_MS)
BATCH_MAX_MESSAGES = ENV.BATCH_MAX_MESSAGES
BATCH_MAX_ATTEMPTS = ENV.BATCH_MAX_ATTEMPTS
APPROVAL_TTL = timedelta(seconds=ENV.APPROVAL_TTL_SECONDS)
ROUTER_MODEL = ENV.ROUTER_MODEL
ROUTER_DEBUG = ENV.ROUTER_DEBUG
HEARTBEAT = timedelta(seconds=ENV.HEARTBEAT_SECONDS)
LEASE = timedelta(seconds=ENV.STUCK_AFTER_SECONDS)
SWEEP_EVERY = timedelta(seconds=ENV.SWEEP_SECONDS)
SESSION_TTL = timedelta(days=ENV.SESSION_TTL_DAYS)
UPDATE_RETENTION = timedelta(days=ENV.UPDATE_RETENTION_DAYS)
HISTORY_LIMIT = ENV.HISTORY_LIMIT
SECRETS_KEY = ENV.SECRETS_KEY.get_secret_value()

# -- Django

SECRET_KEY = ENV.SECRET_KEY.get_secret_value()
DEBUG = ENV.DEBUG
_public = urlsplit(ENV.PUBLIC_URL)
ALLOWED_HOSTS = [*ENV.ALLOWED_HOSTS, *([_public.hostname] if _public.hostname else [])]
CSRF_TRUSTED_ORIGINS = [
    *ENV.CSRF_TRUSTED_ORIGINS,
    *([f"{_public.scheme}://{_public.netloc}"] if _public.netloc else []),
]
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if _public.scheme == "https" else None
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = _public.scheme == "https"
SESSION_COOKIE_NAME = "botplatform_session"
SESSION_COOKIE_AGE = 14 * 24 * 3600
STAFF_IDLE = timedelta(hours=12)

INSTALLED_APPS = [
    "unfold",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.postgres",
    "django.contrib.staticfiles",
    "django_celery_beat",
    "channels",
    "axes",
    "django_otp",
    "django_otp.plugins.otp_totp",
    "django_otp.plugins.otp_static",
    "csp",
    "botplatform",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "csp.middleware.CSPMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "botplatform.people.lasting.SessionLimits",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "axes.middleware.AxesMiddleware",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]
ROOT_URLCONF = "botplatform.urls"
ASGI_APPLICATION = "botplatform.asgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
USE_TZ = True
TIME_ZONE = "UTC"
LANGUAGE_CODE = "en"
STATIC_URL = "/static/"
STATICFILES_DIRS = [BASE_DIR / "botplatform" / "static"]
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = False
DATA_UPLOAD_MAX_MEMORY_SIZE = 26_000_000  # GitHub delivers up to 25 MB; each transport has its own lower cap
LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "/chat/"
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "django.contrib.auth.backends.ModelBackend",
    *(["botplatform.people.oidc.Backend"] if ENV.OIDC_ISSUER else []),
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator"},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]

# -- signing in, see docs/console/people.md

AXES_HANDLER = "botplatform.people.locking.Handler"
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = timedelta(minutes=15)
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_RESET_ON_SUCCESS = True
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False
AXES_CLIENT_IP_CALLABLE = "botplatform.people.locking.address"
AXES_LOCKOUT_CALLABLE = "botplatform.people.locking.refuse"
AXES_DISABLE_ACCESS_LOG = True
AXES_ENABLE_ADMIN = False
AXES_VERBOSE = False
OTP_TOTP_ISSUER = "botplatform"

# -- what pages may load: this host alone, and no script that stands in the page

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [csp.NONE],
        "script-src": [csp.SELF, csp.UNSAFE_EVAL],  # Alpine, which the console's look needs, evaluates its attributes
        "style-src": [csp.SELF],
        "style-src-attr": [csp.UNSAFE_INLINE],  # the same: positions and widths
        "img-src": [csp.SELF, "data:"],
        "font-src": [csp.SELF],
        "connect-src": [csp.SELF],
        "form-action": [csp.SELF],
        "base-uri": [csp.NONE],
        "frame-ancestors": [csp.NONE],
        "object-src": [csp.NONE],
    }
}

# -- Channels

CHANNEL_LAYERS = {
    "default": {
        "BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer",
        "CONFIG": {"hosts": [{"address": REDIS_URL, "socket_connect_timeout": 2, "socket_timeout": 5}]},
    }
}

# -- the console

UNFOLD = {
    "SITE_TITLE": "botplatform",
    "SITE_HEADER": "botplatform",
    "SITE_SUBHEADER": "Console",
    "SITE_ICON": "/static/chat/icon.svg",
    "SITE_URL": "/chat/",
    "SHOW_HISTORY": False,
    "SHOW_VIEW_ON_SITE": False,
    "SHOW_BACK_BUTTON": True,
    "COLORS": lambda request: {},  # they stand in colours.css: a style in the page would need an exception
    "SITE_FAVICONS": [{"rel": "icon", "type": "image/svg+xml", "href": "/static/chat/icon.svg"}],
    "ACCOUNT": {"navigation": [{"title": "Second step", "link": "/admin/auth/user/own-second-step/"}]},
    "STYLES": [
        "/static/admin-extra/colours.css",
        "/static/admin-extra/console.css",
        "/static/admin-extra/home.css",
        "/static/admin-extra/bots.css",
        "/static/admin-extra/people.css",
        "/static/admin-extra/story.css",
        "/static/admin-extra/lists.css",
        "/static/admin-extra/conversation.css",
        "/static/admin-extra/workers.css",
        "/static/admin-extra/playground.css",
        "/static/admin-extra/routing.css",
        "/static/admin-extra/plans.css",
    ],
    "SCRIPTS": ["/static/admin-extra/policy.js", "/static/admin-extra/live.js", "/static/admin-extra/search.js"],
    "DASHBOARD_CALLBACK": "botplatform.admin.home.dashboard",
    "SIDEBAR": {
        "show_search": False,
        "show_all_applications": False,
        "navigation": "botplatform.admin.navigation.sidebar",
    },
}

# -- logs: structlog alone, see logs.py; error pages show no more than logs do

LOGGING_CONFIG = None
DEFAULT_EXCEPTION_REPORTER = "botplatform.reporting.Reporter"
DEFAULT_EXCEPTION_REPORTER_FILTER = "botplatform.reporting.Filter"
logs.configure(level=ENV.LOG_LEVEL, json=ENV.LOG_FORMAT == "json", secrets=logs.secrets_of(ENV))
logging.getLogger("axes").setLevel(logging.ERROR)  # the audit log says what it would
