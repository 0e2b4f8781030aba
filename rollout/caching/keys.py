"""The cache key of a request, without anything that a client may add to it.

Only known values make a key of its own: a host of the site, a path that exists, the parameters that
the view declares (`decorators.public_view`), with values that they can have.
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
"""In characters; a longer query is left to Django."""


class CacheKey(NamedTuple):
    """The key of a cached response; equal to the key of the plainest request for it."""

    host: str
    path: str
    """As in WSGI: percent-decoded, each byte as a Latin-1 character."""
    query: str
    scheme: str


class PageRequest(NamedTuple):
    """A request for a public page."""

    key: CacheKey
    is_cacheable: bool
    """Whether the response may be cached: it is one of a limited number and has no user input."""


def _is_day(value: str) -> bool:
    return len(value) == 10 and not SelectedDay.read(value).is_refused


def _is_language(value: str) -> bool:
    return value in dict(settings.LANGUAGES)


def _is_page_number(value: str) -> bool:
    return re.fullmatch("[1-9][0-9]{0,3}", value) is not None


CACHED_PARAMS: Mapping[str, Callable[[str], bool]] = {
    "on": _is_day,
    "language": _is_language,
    "page": _is_page_number,
}
"""The parameters by which cached responses may differ, and the check of their values.

Not among them: what people search and answer. It is private, its number is unlimited, and rendering
such a response costs little (docs/benchmarks.md).
"""


class RequestReader:
    """Reads requests for public pages; remembers the parameters of paths that exist."""

    def __init__(self) -> None:
        self._query_params: dict[str, tuple[str, ...] | None] = {}
        self._hosts = {host for host in settings.ALLOWED_HOSTS if not host.startswith(".")}

    def raw_key(self, environ: Mapping[str, Any]) -> CacheKey:
        """Return the key of a request as it came: cheap, and right for the plainest requests."""
        return CacheKey(
            environ.get("HTTP_HOST", ""),
            environ["PATH_INFO"],
            environ["QUERY_STRING"],
            scheme(environ),
        )

    def read(self, environ: Mapping[str, Any]) -> PageRequest | None:
        """Return the public page that a request is for; None where Django has to decide.

        Pages ignore unknown parameters, so these are dropped from the key; the API refuses them, so
        there they stay. The parameters of a key are in alphabetical order.
        """
        key = self.raw_key(environ)
        if not self._is_served_here(key, environ) or len(key.query) > MAX_QUERY_LENGTH:
            return None
        if "HTTP_IF_MATCH" in environ or "HTTP_IF_UNMODIFIED_SINCE" in environ:
            return None
        query_params = (
            self._query_params[key.path]
            if key.path in self._query_params
            else query_params_of(key.path)
        )
        is_strict = key.path.startswith(settings.API_PREFIX)
        if query_params is None and not is_strict:
            return None
        params = parse_qsl(key.query, keep_blank_values=True)
        if not is_strict:
            params = [(name, value) for name, value in params if name in (query_params or ())]
        is_cacheable = _are_cacheable(params)
        query = urlencode(sorted(params)) if is_cacheable else key.query
        return PageRequest(key._replace(query=query), is_cacheable)

    def remember(self, path: str) -> None:
        """Remember the parameters of a path. For paths that exist: their number is limited."""
        if path not in self._query_params:
            self._query_params[path] = query_params_of(path)

    def _is_served_here(self, key: CacheKey, environ: Mapping[str, Any]) -> bool:
        """Tell whether scheme and host are ones under which pages are served without redirect."""
        if settings.SECURE_SSL_REDIRECT and key.scheme != "https":
            return False
        if environ.get("SCRIPT_NAME"):
            return False
        if key.host in self._hosts:
            return True
        name, colon, port = key.host.rpartition(":")
        return bool(colon) and name in self._hosts and port == environ.get("SERVER_PORT")


def scheme(environ: Mapping[str, Any]) -> str:
    """Return the scheme as Django determines it: the proxy's header counts only if configured."""
    if settings.SECURE_PROXY_SSL_HEADER:
        header, secure = settings.SECURE_PROXY_SSL_HEADER
        if header in environ:
            return "https" if environ[header].split(",")[0].strip() == secure else "http"
    return str(environ["wsgi.url_scheme"])


def query_params_of(path: str) -> tuple[str, ...] | None:
    """Return the parameters that the public view at a WSGI path declares; None where there is none.

    Order and names are those of `decorators.public_view`.
    """
    try:
        text = path.encode("latin-1").decode()
        language = translation.get_language_from_path(text) or settings.LANGUAGE_CODE
        with translation.override(language):
            match = resolve(text)
    except (Resolver404, UnicodeError):
        return None
    return getattr(match.func, "query_params", None)


def _are_cacheable(params: Collection[tuple[str, str]]) -> bool:
    """Tell whether each parameter is given once and is in CACHED_PARAMS, with a valid value."""
    names = [name for name, _value in params]
    return len(set(names)) == len(names) and all(
        name in CACHED_PARAMS and CACHED_PARAMS[name](value) for name, value in params
    )
