"""Which public page a request asks for, without anything that a stranger may add to it.

Only what is known makes a page of its own: a host that the site has, an address that it has, the
parameters that the view declares (`decorators.public_view`), with values that they can have.
"""

import re
from collections.abc import Callable, Collection, Mapping
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, urlencode

from django.conf import settings
from django.urls import Resolver404, resolve
from django.utils import translation

from rollout.dates import SelectedDay

MAX_QUERY_LENGTH = 2000
"""Letters of a query beyond which it is Django's affair."""


class CacheKey(NamedTuple):
    """What names a finished page. It is made of a plain request as it comes, without a change."""

    host: str
    path: str
    """As WSGI has it: percent-decoded, each byte a letter."""
    query: str
    scheme: str


class PageRequest(NamedTuple):
    """What a request asks for."""

    key: CacheKey
    is_kept: bool
    """Whether the answer is worth keeping: it is one of not too many, and holds no one's words."""


def _is_day(value: str) -> bool:
    return len(value) == 10 and not SelectedDay.read(value).is_refused


def _is_language(value: str) -> bool:
    return value in dict(settings.LANGUAGES)


def _is_number(value: str) -> bool:
    return re.fullmatch("[1-9][0-9]{0,3}", value) is not None


CACHED_PARAMS: Mapping[str, Callable[[str], bool]] = {
    "on": _is_day,
    "language": _is_language,
    "page": _is_number,
}
"""The parameters by which finished pages may differ, and which values are ones.

Not among them: what people search and answer. It is theirs, there is no end of it, and building
such an answer costs little (docs/benchmarks.md).
"""


class RequestReader:
    """Reads requests; remembers what may be asked of addresses that exist."""

    def __init__(self) -> None:
        self._asks: dict[str, tuple[str, ...] | None] = {}
        self._hosts = {host for host in settings.ALLOWED_HOSTS if not host.startswith(".")}

    def key(self, environ: Mapping[str, Any]) -> CacheKey:
        """Return the key of a request as it comes: that of a page, if all of it is known."""
        return CacheKey(
            environ.get("HTTP_HOST", ""),
            environ["PATH_INFO"],
            environ["QUERY_STRING"],
            scheme(environ),
        )

    def read(self, environ: Mapping[str, Any]) -> PageRequest | None:
        """Return what a request asks for; None where that is no public page of this site."""
        came = self.key(environ)
        if not self._is_ours(came, environ) or len(came.query) > MAX_QUERY_LENGTH:
            return None
        if "HTTP_IF_MATCH" in environ or "HTTP_IF_UNMODIFIED_SINCE" in environ:
            return None
        query_params = (
            self._asks[came.path] if came.path in self._asks else query_params_of(came.path)
        )
        is_strict = came.path.startswith(settings.API_PREFIX)
        if query_params is None and not is_strict:
            return None
        given = parse_qsl(came.query, keep_blank_values=True)
        if not is_strict:
            given = [(name, value) for name, value in given if name in (query_params or ())]
        is_kept = _are_known(given)
        query = urlencode(sorted(given)) if is_kept else came.query
        return PageRequest(came._replace(query=query), is_kept)

    def remember(self, path: str) -> None:
        """Remember what may be asked of an address, which exists."""
        if path not in self._asks:
            self._asks[path] = query_params_of(path)

    def _is_ours(self, key: CacheKey, environ: Mapping[str, Any]) -> bool:
        if settings.SECURE_SSL_REDIRECT and key.scheme != "https":
            return False
        if environ.get("SCRIPT_NAME"):
            return False
        if key.host in self._hosts:
            return True
        name, colon, port = key.host.rpartition(":")
        return bool(colon) and name in self._hosts and port == environ.get("SERVER_PORT")


def scheme(environ: Mapping[str, Any]) -> str:
    """Return the scheme as Django will see it: a proxy's word counts only where it is trusted."""
    if settings.SECURE_PROXY_SSL_HEADER:
        header, secure = settings.SECURE_PROXY_SSL_HEADER
        if header in environ:
            return "https" if environ[header].split(",")[0].strip() == secure else "http"
    return str(environ["wsgi.url_scheme"])


def query_params_of(path: str) -> tuple[str, ...] | None:
    """Return the parameters that the public page at a path reads; None where there is none."""
    try:
        text = path.encode("latin-1").decode()
        language = translation.get_language_from_path(text) or settings.LANGUAGE_CODE
        with translation.override(language):
            found = resolve(text)
    except (Resolver404, UnicodeError):
        return None
    return getattr(found.func, "query_params", None)


def _are_known(given: Collection[tuple[str, str]]) -> bool:
    """Tell whether each parameter is given once, with a value by which finished pages differ."""
    names = [name for name, _value in given]
    return len(set(names)) == len(names) and all(
        name in CACHED_PARAMS and CACHED_PARAMS[name](value) for name, value in given
    )
