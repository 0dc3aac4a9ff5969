"""Django's error pages with DEBUG=true: settings, variables and messages lose every secret that the logs lose."""

from __future__ import annotations

from pprint import pformat
from typing import Any

from django.utils.safestring import SafeString
from django.views.debug import ExceptionReporter, SafeExceptionReporterFilter

from botplatform import logs


class _Shown:
    """A value of which only its redacted text is left."""

    def __init__(self, value: Any) -> None:
        try:
            self._text = logs.redact(pformat(value))
        except Exception as error:  # noqa: BLE001 - the page must show the first error, not one in a `__repr__`
            self._text = f"<cannot be shown: {type(error).__name__}>"

    def __repr__(self) -> str:
        return self._text


class Filter(SafeExceptionReporterFilter):
    """Hides what Django hides by name; redacts everything else before it is cut to length."""

    def cleanse_setting(self, key: Any, value: Any) -> Any:
        cleansed = super().cleanse_setting(key, value)
        return cleansed if isinstance(cleansed, dict | list | tuple) or callable(cleansed) else _Shown(cleansed)

    def get_traceback_frame_variables(self, request: Any, tb_frame: Any) -> Any:
        return [(name, _Shown(value)) for name, value in super().get_traceback_frame_variables(request, tb_frame)]


class Reporter(ExceptionReporter):
    """The page, and its plain-text form, redacted as a whole once more: messages stand outside the variables."""

    def get_traceback_html(self) -> SafeString:
        return SafeString(logs.redact(super().get_traceback_html()))

    def get_traceback_text(self) -> SafeString:
        return SafeString(logs.redact(super().get_traceback_text()))
