"""Polite checks of the pages that sources link to: is there still a page, and at which address?

One request at a time per host, with a pause between two; several hosts side by side. Only public
addresses are visited: a host name is resolved once, every IP address of it is judged, and the
connection goes to a judged address, so that no DNS answer leads into the server's own network
(which no HTTP library does by itself: hence a connection of urllib3, not its pool). Connections
are direct: no proxy is used. Nothing here knows of the database or of settings.
"""

import http.client
import ipaddress
import re
import socket
import ssl
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from typing import Self
from urllib.parse import quote, urljoin, urlsplit

from urllib3.connection import HTTPConnection, HTTPSConnection, port_by_scheme
from urllib3.exceptions import ConnectTimeoutError, NewConnectionError
from urllib3.util import Url

from rollout.models.link_checks import MAX_ADDRESS_LENGTH, MAX_DETAIL_LENGTH, LinkState

TIMEOUT_SECONDS = 10.0  # to connect; then for TLS; then for the head of the response
PAUSE_SECONDS = 2.0  # between two requests to a host
MAX_CONCURRENT_HOSTS = 8
MAX_REDIRECTS = 5

REDIRECT_STATUSES = {301, 302, 303, 307, 308}
GONE_STATUSES = {404, 410}
# The name does not exist, or has no address. EAI_NODATA is not defined on every system.
UNKNOWN_NAME_ERRORS = {socket.EAI_NONAME, getattr(socket, "EAI_NODATA", socket.EAI_NONAME)}

GLOBAL_UNICAST = ipaddress.IPv6Network("2000::/3")  # what is allocated of IPv6 (RFC 4291)
NAT64 = ipaddress.IPv6Network("64:ff9b::/96")  # IPv4 in IPv6 (RFC 6052)

IpAddress = ipaddress.IPv4Address | ipaddress.IPv6Address


@dataclass(frozen=True, slots=True)
class LinkResult:
    """The state of one address, with a sentence of at most MAX_DETAIL_LENGTH characters.

    `redirected_to` is set for LinkState.REDIRECTED only. `was_reached` tells whether any server
    answered: where none ever does, this machine is offline.
    """

    address: str
    state: LinkState
    detail: str
    redirected_to: str = ""
    was_reached: bool = True


class LinkCheckError(Exception):
    """There was no usable response: why, in a sentence, and what that says of the page."""

    def __init__(
        self, sentence: str, state: LinkState = LinkState.UNCLEAR, *, was_reached: bool = False
    ) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.state = state
        self.was_reached = was_reached


def is_public(ip: IpAddress) -> bool:
    """Tell whether an address belongs to the public internet, also where IPv6 wraps an IPv4."""
    if isinstance(ip, ipaddress.IPv6Address):
        nat64 = ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF) if ip in NAT64 else None
        wrapped = ip.ipv4_mapped or ip.sixtofour or nat64
        if wrapped is None:
            return ip in GLOBAL_UNICAST and ip.is_global
        ip = wrapped
    return ip.is_global and not (ip.is_multicast or ip.is_reserved)


class LinkChecker:
    """Checks addresses. Use it in a `with`: once that is left, no further request is begun."""

    def __init__(
        self,
        user_agent: str,
        *,
        timeout: float = TIMEOUT_SECONDS,
        pause: float = PAUSE_SECONDS,
        allow_loopback: bool = False,
    ) -> None:
        self._headers = {
            "User-Agent": re.sub(r"[^ -~]+", " ", user_agent),  # a header is one line of ASCII
            "Accept": "*/*",
            "Connection": "close",
        }
        self._timeout = timeout
        self._pause = pause
        self._allow_loopback = allow_loopback
        self._tls = ssl.create_default_context()
        self._host_locks: dict[str, threading.Lock] = {}
        self._last_request: dict[str, float] = {}
        self._is_over = threading.Event()
        self._pool = ThreadPoolExecutor(MAX_CONCURRENT_HOSTS)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self._is_over.set()
        self._pool.shutdown(wait=False, cancel_futures=True)

    def check_all(
        self, addresses: Sequence[str], seconds: float | None = None
    ) -> Iterator[LinkResult]:
        """Check addresses; yield one result each, in the order in which they are ready.

        After `seconds`, None: never, the others are given up: begun ones are unclear, the rest have
        no result.
        """
        checks = {
            self._pool.submit(self.check, address): address
            for address in _alternate_hosts(addresses)
        }
        with suppress(TimeoutError):
            for check in as_completed(checks, timeout=seconds):
                yield check.result()
            return
        for check, address in checks.items():
            if check.running():
                sentence = f"No answer within {seconds:g} seconds."
                yield LinkResult(address, LinkState.UNCLEAR, sentence, was_reached=False)

    def check(self, address: str) -> LinkResult:
        """Check one address, following redirects. Never raises: each failure is a state."""
        first = url = None
        was_reached = False
        try:
            first = url = _parse(address)
            for _ in range(MAX_REDIRECTS + 1):
                status, location = self._head_or_get(url)
                was_reached = True
                if status not in REDIRECT_STATUSES or not location:
                    state, sentence = _judge(status)
                    return _result(address, state, sentence, url if url != first else None)
                url = _parse(location, base=url.url)
            raise LinkCheckError(f"It is redirected more than {MAX_REDIRECTS} times.")
        except LinkCheckError as error:
            target = url if url != first else None
            was_reached = was_reached or error.was_reached
            return _result(address, error.state, error.sentence, target, was_reached=was_reached)

    def _head_or_get(self, url: Url) -> tuple[int, str]:
        """Return status and Location. A page that refuses HEAD may answer GET."""
        status, location = self._request("HEAD", url)
        if status < 400 or status == 429:
            return status, location
        return self._request("GET", url)

    def _request(self, method: str, url: Url) -> tuple[int, str]:
        """Send one request; return status and Location. The body of the response is not read."""
        with self._one_at_a_time(str(url.host)):
            ips = self._resolve(url)
            is_late = threading.Event()
            try:
                with closing(self._connect(url, ips)) as connection:
                    with _hang_up_after(self._timeout, connection, is_late):
                        connection.request(
                            method,
                            url.request_uri,
                            headers=self._headers | {"Host": str(url.netloc)},
                            preload_content=False,
                        )
                        with closing(connection.getresponse()) as response:
                            status, headers = response.status, response.headers
                    if is_late.is_set():
                        raise TimeoutError  # perhaps in the middle of the head
            except (OSError, http.client.HTTPException) as error:
                sentence = self._sentence(TimeoutError() if is_late.is_set() else error)
                raise LinkCheckError(sentence, was_reached=True) from error
            # http.client reads headers as Latin-1; servers write UTF-8.
            return status, headers.get("Location", "").encode("latin-1").decode("utf-8", "replace")

    @contextmanager
    def _one_at_a_time(self, host: str) -> Iterator[None]:
        """Wait until no other request to the host is under way and the last is a pause ago."""
        with self._host_locks.setdefault(host, threading.Lock()):
            not_before = self._last_request.get(host, 0.0) + self._pause
            self._is_over.wait(max(not_before - time.monotonic(), 0))
            if self._is_over.is_set():
                raise LinkCheckError("The visits were stopped.")
            try:
                yield
            finally:
                self._last_request[host] = time.monotonic()

    def _resolve(self, url: Url) -> list[str]:
        """Return the host's IP addresses; refuse the host if one of them is not public."""
        host = str(url.host).strip("[]")
        try:
            results = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
        except OSError as error:
            if error.errno in UNKNOWN_NAME_ERRORS:
                raise LinkCheckError(f"There is no host {host}.", LinkState.DEAD) from error
            raise LinkCheckError(f"The name {host} could not be looked up.") from error
        ips = list(dict.fromkeys(str(result[4][0]) for result in results))
        for ip in map(ipaddress.ip_address, ips):
            if not is_public(ip) and not (self._allow_loopback and ip.is_loopback):
                raise LinkCheckError(f"Not visited: {host} is {ip}, which is no public address.")
        return ips

    def _connect(self, url: Url, ips: list[str]) -> HTTPConnection:
        """Connect to the first of the addresses that answers; they share the time."""
        port = url.port or port_by_scheme[str(url.scheme)]
        timeout = self._timeout / len(ips)
        failure: Exception = OSError()
        for ip in ips:
            connection = HTTPConnection(ip, port, timeout=timeout)
            if url.scheme == "https":
                host = str(url.host).strip("[]")  # whose certificate it must be
                connection = HTTPSConnection(
                    ip, port, timeout=timeout, ssl_context=self._tls, server_hostname=host
                )
            try:
                connection.connect()
            except (NewConnectionError, ConnectTimeoutError) as error:
                failure = error.__cause__ if isinstance(error.__cause__, OSError) else error
            else:
                return connection
        raise LinkCheckError(self._sentence(failure)) from failure

    def _sentence(self, error: Exception) -> str:
        match error:
            case TimeoutError():
                sentence = f"No answer within {self._timeout:g} seconds."
            case ssl.SSLCertVerificationError():
                sentence = f"Its certificate is not accepted: {error.verify_message.rstrip('.')}."
            case ssl.SSLError():
                sentence = f"No secure connection can be made ({error.reason})."
            case ConnectionRefusedError():
                sentence = "It refuses the connection."
            case ConnectionError():
                sentence = "It broke off the connection."
            case OSError():
                sentence = f"No connection: {error.strerror}."
            case _:
                sentence = "It answers in a way that is not HTTP."
        return sentence


def _parse(address: str, base: str = "") -> Url:
    """Return an address as plain ASCII, without user, password, fragment and default port."""
    try:
        parts = urlsplit(urljoin(base, address))
        host = (parts.hostname or "").encode("idna").decode("ascii").lower()
        port = parts.port
        path = quote(parts.path or "/", safe="/%:@!$&'()*+,;=~")
        query = quote(parts.query, safe="/?%:@!$&'()*+,;=~")
    except ValueError as error:
        raise LinkCheckError("This is no address that can be visited.") from error
    if parts.scheme not in port_by_scheme or not re.fullmatch(r"[a-z0-9._:%-]+", host):
        raise LinkCheckError("This is no address of a web page (http or https).")
    url = Url(
        parts.scheme,
        host=f"[{host}]" if ":" in host else host,
        port=None if port == port_by_scheme[parts.scheme] else port,
        path=path,
        query=query or None,
    )
    if len(url.url) > MAX_ADDRESS_LENGTH:
        raise LinkCheckError(f"The address has more than {MAX_ADDRESS_LENGTH} characters.")
    return url


def _judge(status: int) -> tuple[LinkState, str]:
    if 200 <= status < 300:
        return LinkState.ALIVE, "It answers."
    if status in GONE_STATUSES:
        return LinkState.DEAD, f"The page is gone ({status})."
    if status == 429:
        return LinkState.UNCLEAR, "It asks for fewer visits (429)."
    if status in (401, 403):
        return LinkState.UNCLEAR, f"It refuses us ({status}), perhaps only because we are a robot."
    if status >= 500:
        return LinkState.UNCLEAR, f"Its server is in trouble ({status})."
    return LinkState.UNCLEAR, f"It answers {status}, which settles nothing."


def _result(
    address: str, state: LinkState, sentence: str, target: Url | None, *, was_reached: bool = True
) -> LinkResult:
    """Return what is recorded of an address that led to a target, if to any."""
    if target and state == LinkState.ALIVE:
        redirected = LinkState.REDIRECTED
        return LinkResult(address, redirected, "It leads to another address.", target.url)
    if target:
        sentence = f"It leads to another address. {sentence} ({target.url})"
    if len(sentence) > MAX_DETAIL_LENGTH:
        sentence = f"{sentence[: MAX_DETAIL_LENGTH - 1]}…"
    return LinkResult(address, state, sentence, was_reached=was_reached)


def host_of(address: str) -> str:
    """Return host and port of an address, as it writes them."""
    return address.partition("://")[2].partition("/")[0]


def _alternate_hosts(addresses: Sequence[str]) -> list[str]:
    """Order addresses so that those of one host stand apart, and few checks wait for another."""
    counts: Counter[str] = Counter()
    rounds = []
    for address in addresses:
        host = host_of(address)
        rounds.append((counts[host], address))
        counts[host] += 1
    return [address for _round, address in sorted(rounds, key=lambda pair: pair[0])]


@contextmanager
def _hang_up_after(
    seconds: float, connection: HTTPConnection, is_late: threading.Event
) -> Iterator[None]:
    """Hang up when the time is over: a socket's timeout begins anew with every byte received."""
    connected = connection.sock

    def hang_up() -> None:
        """Close the connection, which ends whatever waits on it."""
        is_late.set()
        with suppress(OSError):
            # Not the method of a TLS socket, which would forget that it is one while in use.
            socket.socket.shutdown(connected, socket.SHUT_RDWR)

    connected.settimeout(seconds)
    timer = threading.Timer(seconds, hang_up)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
