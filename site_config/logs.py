"""Logging: one JSON object a line on stderr, in UTC. Never user input, never a visitor's address.

The message of an exception often repeats user input, so for requests that have any, only messages
that cannot are logged: `is_safe_to_log`. Editors are named by their account.
"""

import datetime
import json
import logging
import re
import traceback
from collections.abc import Iterator
from contextvars import ContextVar
from typing import Any

from django.http import HttpRequest

_request_id: ContextVar[str] = ContextVar("request_id", default="")
_has_input: ContextVar[bool] = ContextVar("has_input", default=False)
"""Of the current request: its id, and whether it consists of more than its path."""

MAX_FRAMES = 25
MAX_ERRORS = 4
"""Of a traceback: the frames of each exception, and the exceptions that caused one another."""

SAFE_METHODS = ("GET", "HEAD")
SAFE_EXCEPTIONS = {
    "OperationalError",  # of the database: it is locked, full, gone
    "InterfaceError",
    "ImproperlyConfigured",
    "TemplateDoesNotExist",
    "TemplateSyntaxError",
}
"""Exceptions whose messages are about this machine, besides those of the operating system."""


def begin_request(request_id: str, request: HttpRequest) -> None:
    """Note, for the log lines of this request, its id and whether it has user input."""
    _request_id.set(request_id)
    _has_input.set(bool(request.META.get("QUERY_STRING")) or request.method not in SAFE_METHODS)


class JsonFormatter(logging.Formatter):
    """Formats a record as one line of JSON. The items of `extra={"facts": {...}}` become fields."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line: time, level, logger, event, then what there is of the other fields."""
        request = getattr(record, "request", None)
        fields: dict[str, Any] = {
            "time": _utc(record.created),
            "level": record.levelname,
            "logger": record.name,
            "event": without_query(_event(record)),
            "request": getattr(request, "request_id", "") or _request_id.get(),
            "method": getattr(request, "method", None),
            "status": getattr(record, "status_code", None),
            **getattr(record, "facts", {}),
            "process": record.process,
        }
        if record.exc_info and record.exc_info[1]:
            fields["errors"] = list(_errors(record.exc_info[1]))
        fields = {name: value for name, value in fields.items() if value not in (None, "")}
        return json.dumps(fields, default=str)


def _utc(seconds: float) -> str:
    moment = datetime.datetime.fromtimestamp(seconds, datetime.UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _event(record: logging.LogRecord) -> str:
    """Return the message. The reason of a CSRF failure may name the referring page: without it."""
    if record.name == "django.security.csrf":
        return f"Form refused: {record.getMessage()}".partition(" - ")[0]
    return record.getMessage()


def without_query(text: str) -> str:
    """Return a text with the query strings of its URLs removed, and the tokens of /preview/.

    Whoever has such a token can read a page that is not published.
    """
    return re.sub(r"\?\S+", "?…", re.sub(r"(?i)(/preview/+)[^/\s]+", r"\1…", text))


def _errors(error: BaseException) -> Iterator[dict[str, Any]]:
    """Yield type, message (if safe) and traceback of an exception, then of those that caused it."""
    chain = _chain(error)
    for each in chain if len(chain) <= MAX_ERRORS else [*chain[: MAX_ERRORS - 1], chain[-1]]:
        message = str(each).partition("\n")[0] if is_safe_to_log(each) else ""
        trace = [
            f"{frame.filename}:{frame.lineno} {frame.name}: {frame.line}"
            for frame in traceback.extract_tb(each.__traceback__)[-MAX_FRAMES:]
        ]
        yield {"type": type(each).__qualname__, "message": message, "trace": trace}


def _chain(error: BaseException) -> list[BaseException]:
    """Return an exception, its cause, and so on to the first one."""
    chain: list[BaseException] = []
    cause: BaseException | None = error
    while cause is not None and cause not in chain:
        chain.append(cause)
        cause = cause.__cause__ or (None if cause.__suppress_context__ else cause.__context__)
    return chain


def is_safe_to_log(error: BaseException) -> bool:
    """Tell whether the message is about this machine, or the request has no input to repeat."""
    is_ours = isinstance(error, OSError | ImportError) or type(error).__name__ in SAFE_EXCEPTIONS
    return is_ours or not _has_input.get()


LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"()": "site_config.logs.JsonFormatter"}},
    "handlers": {
        "stderr": {"class": "logging.StreamHandler", "formatter": "line"},
        "nowhere": {"class": "logging.NullHandler"},
    },
    "root": {"handlers": ["stderr"], "level": "WARNING"},
    "loggers": {
        "django": {"handlers": ["stderr"], "level": "WARNING", "propagate": False},
        # A 404 or a forged host is a mistake of the client, not an event.
        "django.request": {"handlers": ["stderr"], "level": "ERROR", "propagate": False},
        "django.security.DisallowedHost": {"handlers": ["nowhere"], "propagate": False},
        # Sign-ins and publications.
        "rollout": {"handlers": ["stderr"], "level": "INFO", "propagate": False},
    },
}


# --- Reports to Sentry, if SENTRY_DSN is set ------------------------------------------------------


def init_sentry(dsn: str, **options: Any) -> None:
    """Report errors to Sentry; `options` are those of `sentry_sdk.init`.

    Raises ImportError without sentry-sdk, ValueError for a malformed DSN.
    """
    import sentry_sdk  # noqa: PLC0415 - an optional extra

    sentry_sdk.init(
        dsn=dsn,
        include_local_variables=False,
        max_request_body_size="never",
        max_breadcrumbs=0,
        before_send=strip_event,
        **options,
    )


def strip_event(event: Any, hint: dict[str, Any]) -> Any:
    """Return a Sentry event without user input and without the user, for `before_send`."""
    for name in ("user", "breadcrumbs", "extra", "logentry", "message"):
        event.pop(name, None)
    if "request" in event:
        request = event["request"]
        url = without_query(request.get("url", "").partition("?")[0])
        event["request"] = {"method": request.get("method"), "url": url}
    error = (hint.get("exc_info") or (None, None))[1]
    for exception in event.get("exception", {}).get("values", []):
        if error is None or not is_safe_to_log(error):
            exception["value"] = ""
    event.setdefault("tags", {})["request"] = _request_id.get()
    return event
