"""What is logged: one JSON object a line on stderr, in UTC. Never what someone typed, or who.

The words of an exception often repeat what was typed, so where something was typed only those that
cannot are kept: `is_told`. Editors are named by their account, never by their address.
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

_request_id: ContextVar[str] = ContextVar("number", default="")
_is_typed: ContextVar[bool] = ContextVar("is_typed", default=False)
"""Of the request under way: its number, and whether it says more than its path."""

MOST_FRAMES = 25
MOST_ERRORS = 4
"""Of a trace: how many calls of each error, and how many errors that led to one another."""

SAFE = ("GET", "HEAD")
TOLD = {
    "OperationalError",  # of the database: it is locked, full, gone
    "InterfaceError",
    "ImproperlyConfigured",
    "TemplateDoesNotExist",
    "TemplateSyntaxError",
}
"""Errors whose words are about this machine, beside those of the operating system."""


def begin_request(request_id: str, request: HttpRequest) -> None:
    """Note, for what is logged meanwhile, the request's id and whether a person typed into it."""
    _request_id.set(request_id)
    _is_typed.set(bool(request.META.get("QUERY_STRING")) or request.method not in SAFE)


class JsonFormatter(logging.Formatter):
    """Writes a record as one line of JSON. A record's `facts` become fields of it."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line."""
        request = getattr(record, "request", None)
        told: dict[str, Any] = {
            "time": _utc(record.created),
            "level": record.levelname,
            "logger": record.name,
            "event": without_query(_event(record)),
            "request": getattr(request, "number", "") or _request_id.get(),
            "method": getattr(request, "method", None),
            "status": getattr(record, "status_code", None),
            **getattr(record, "facts", {}),
            "process": record.process,
        }
        if record.exc_info and record.exc_info[1]:
            told["errors"] = list(_errors(record.exc_info[1]))
        kept = {name: value for name, value in told.items() if value not in (None, "")}
        return json.dumps(kept, default=str)


def _utc(seconds: float) -> str:
    moment = datetime.datetime.fromtimestamp(seconds, datetime.UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _event(record: logging.LogRecord) -> str:
    """Return what happened. Why a form was refused may name the page before it: not that."""
    if record.name == "django.security.csrf":
        return f"Form refused: {record.getMessage()}".partition(" - ")[0]
    return record.getMessage()


def without_query(text: str) -> str:
    """Return a text in which addresses have lost their queries."""
    return re.sub(r"\?\S+", "?…", text)


def _errors(error: BaseException) -> Iterator[dict[str, Any]]:
    """Yield an error and those behind it: type, words if they may be told, and where it was."""
    chain = _chain(error)
    for each in chain if len(chain) <= MOST_ERRORS else [*chain[: MOST_ERRORS - 1], chain[-1]]:
        words = str(each).partition("\n")[0] if is_told(each) else ""
        trace = [
            f"{frame.filename}:{frame.lineno} {frame.name}: {frame.line}"
            for frame in traceback.extract_tb(each.__traceback__)[-MOST_FRAMES:]
        ]
        yield {"type": type(each).__qualname__, "words": words, "trace": trace}


def _chain(error: BaseException) -> list[BaseException]:
    """Return an error, the one that it came from, and so on to the first."""
    chain: list[BaseException] = []
    behind: BaseException | None = error
    while behind is not None and behind not in chain:
        chain.append(behind)
        behind = behind.__cause__ or (None if behind.__suppress_context__ else behind.__context__)
    return chain


def is_told(error: BaseException) -> bool:
    """Tell whether an error's words are about this machine, or nothing was typed to repeat."""
    is_ours = isinstance(error, OSError | ImportError) or type(error).__name__ in TOLD
    return is_ours or not _is_typed.get()


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
        # Addresses that do not exist and forged hosts are the visitor's affair, not an event.
        "django.request": {"handlers": ["stderr"], "level": "ERROR", "propagate": False},
        "django.security.DisallowedHost": {"handlers": ["nowhere"], "propagate": False},
        # Sign-ins and publications.
        "rollout": {"handlers": ["stderr"], "level": "INFO", "propagate": False},
    },
}


# --- Reports to Sentry, for whoever sets SENTRY_DSN -----------------------------------------------


def report_to(dsn: str, **options: Any) -> None:
    """Send errors to a Sentry. Raises ImportError without sentry-sdk, ValueError for a bad DSN."""
    import sentry_sdk  # noqa: PLC0415 - an optional extra

    sentry_sdk.init(
        dsn=dsn,
        include_local_variables=False,
        max_request_body_size="never",
        max_breadcrumbs=0,
        before_send=stripped,
        **options,
    )


def stripped(event: Any, hint: dict[str, Any]) -> Any:
    """Return a report without anything that a visitor sent, and without who it was."""
    for name in ("user", "breadcrumbs", "extra", "logentry", "message"):
        event.pop(name, None)
    if "request" in event:
        asked = event["request"]
        event["request"] = {"method": asked.get("method"), "url": _path(asked.get("url", ""))}
    error = (hint.get("exc_info") or (None, None))[1]
    for told in event.get("exception", {}).get("values", []):
        if error is None or not is_told(error):
            told["value"] = ""
    event.setdefault("tags", {})["request"] = _request_id.get()
    return event


def _path(address: str) -> str:
    return address.partition("?")[0]
