"""Polite visits to the pages that sources name: is there still a page, and where?

One request at a time and host, with a pause between two, and several hosts at once. Only public
addresses are visited: a name is looked up, what it stands for is judged, and that very address is
connected to, so that no answer of the DNS leads into the server's own network. Every failure
becomes a state with a sentence. Connections are direct: no proxy is used. Nothing here knows of
the database or of settings.
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
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any, Self
from urllib.parse import quote, urljoin, urlsplit

from rollout.models.link_checks import LONGEST_ADDRESS, LONGEST_DETAIL, LinkState

TIMEOUT_SECONDS = (
    10.0  # seconds for one request: to connect, for TLS and for the head of the answer
)
PAUSE_SECONDS = 2.0  # seconds between two requests to a host
MAX_CONCURRENT_HOSTS = 8
MAX_REDIRECTS = 5

REDIRECTS = {301, 302, 303, 307, 308}
GONE = {404, 410}
# The name does not exist, or has no address. EAI_NODATA is not known everywhere.
UNKNOWN_NAME = {socket.EAI_NONAME, getattr(socket, "EAI_NODATA", socket.EAI_NONAME)}

# What of IPv6 is given out to networks of the world; and IPv4 in IPv6 (RFC 6052).
GIVEN_OUT = ipaddress.IPv6Network("2000::/3")
NAT64 = ipaddress.IPv6Network("64:ff9b::/96")

Ip = ipaddress.IPv4Address | ipaddress.IPv6Address


@dataclass(frozen=True, slots=True)
class LinkResult:
    """What a visit found, in a sentence of at most LONGEST_DETAIL characters.

    `was_reached` tells whether anything answered: where nothing ever does, we are offline.
    """

    address: str
    state: LinkState
    detail: str
    redirected_to: str = ""
    was_reached: bool = True


class NotVisited(Exception):  # noqa: N818 - it says what happened
    """There was no answer: why, in a sentence, and what that says of the page."""

    def __init__(
        self, sentence: str, state: LinkState = LinkState.UNCLEAR, *, was_reached: bool = False
    ) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.state = state
        self.was_reached = was_reached


@dataclass(frozen=True, slots=True)
class LinkTarget:
    """An address in the parts that a request needs: plain ASCII, without blanks."""

    scheme: str
    host: str
    port: int
    path: str

    @classmethod
    def read(cls, address: str, seen_from: str = "") -> Self:
        """Take an address to pieces; raise NotVisited where it is not one of a web page."""
        try:
            parts = urlsplit(urljoin(seen_from, address))
            host = (parts.hostname or "").encode("idna").decode("ascii").lower()
            port = parts.port or (443 if parts.scheme == "https" else 80)
            path = quote(parts.path or "/", safe="/%:@!$&'()*+,;=~")
            query = quote(parts.query, safe="/?%:@!$&'()*+,;=~")
        except ValueError as error:
            raise NotVisited("This is no address that can be visited.") from error
        if parts.scheme not in ("http", "https") or not re.fullmatch(r"[a-z0-9._:%-]+", host):
            raise NotVisited("This is no address of a web page (http or https).")
        page = cls(parts.scheme, host, port, f"{path}?{query}" if query else path)
        if len(page.address) > LONGEST_ADDRESS:
            raise NotVisited(f"The address has more than {LONGEST_ADDRESS} characters.")
        return page

    @property
    def place(self) -> str:
        """Return host and port as they stand in an address and in the header Host."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        usual = 443 if self.scheme == "https" else 80
        return host if self.port == usual else f"{host}:{self.port}"

    @property
    def address(self) -> str:
        """Return the address, without user, password and fragment."""
        return f"{self.scheme}://{self.place}{self.path}"


def is_public(ip: Ip) -> bool:
    """Tell whether an address is one of the public internet, even if IPv6 wraps an IPv4."""
    if isinstance(ip, ipaddress.IPv6Address):
        inner = ip.ipv4_mapped or ip.sixtofour or _behind_nat64(ip)
        if inner is None:
            return ip in GIVEN_OUT and ip.is_global
        ip = inner
    return ip.is_global and not (ip.is_multicast or ip.is_reserved)


class LinkChecker:
    """Visits to pages. Use it in a `with`: once that is left, no further request is begun."""

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
        self._turns: dict[str, threading.Lock] = {}
        self._last_request: dict[str, float] = {}
        self._is_over = threading.Event()
        self._pool = ThreadPoolExecutor(MAX_CONCURRENT_HOSTS)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self._is_over.set()
        self._pool.shutdown(wait=False, cancel_futures=True)

    def findings(self, addresses: Sequence[str]) -> Iterator[LinkResult]:
        """Visit addresses, and yield what is found of each as soon as it is known."""
        visits = [self._pool.submit(self.visit, address) for address in _spread(addresses)]
        for visit in as_completed(visits):
            yield visit.result()

    def visit(self, address: str) -> LinkResult:
        """Visit one address, and follow where it leads."""
        first = page = None
        was_reached = False
        try:
            first = page = LinkTarget.read(address)
            for _ in range(MAX_REDIRECTS + 1):
                status, location = self._ask(page)
                was_reached = True
                if status not in REDIRECTS or not location:
                    state, sentence = _judge(status)
                    return _finding(address, state, sentence, page if page != first else None)
                page = LinkTarget.read(location, seen_from=page.address)
            raise NotVisited(f"It is redirected more than {MAX_REDIRECTS} times.")
        except NotVisited as why:
            led_to = page if page != first else None
            was_reached = was_reached or why.was_reached
            return _finding(address, why.state, why.sentence, led_to, was_reached=was_reached)

    def _ask(self, page: LinkTarget) -> tuple[int, str]:
        """Return status and target of a redirect. A page that refuses HEAD may answer GET."""
        status, location = self._request("HEAD", page)
        if status < 400 or status == 429:
            return status, location
        return self._request("GET", page)

    def _request(self, method: str, page: LinkTarget) -> tuple[int, str]:
        """Send one request and read the head of the answer, never the body."""
        with self._turn(page.host):
            places = self._look_up(page)
            ends = time.monotonic() + self._timeout
            try:
                with self._connect(places, ends) as connected:
                    return self._exchange(method, page, connected, ends)
            except (OSError, http.client.HTTPException) as error:
                is_late = time.monotonic() >= ends
                sentence = self._tell(TimeoutError() if is_late else error)
                raise NotVisited(sentence, was_reached=True) from error

    @contextmanager
    def _turn(self, host: str) -> Iterator[None]:
        """Wait until no other request to the host is under way and the last is a pause ago."""
        with self._turns.setdefault(host, threading.Lock()):
            waited_for = self._last_request.get(host, 0.0) + self._pause
            self._is_over.wait(max(waited_for - time.monotonic(), 0))
            if self._is_over.is_set():
                raise NotVisited("The visits were stopped.")
            try:
                yield
            finally:
                self._last_request[host] = time.monotonic()

    def _look_up(self, page: LinkTarget) -> list[tuple[Any, ...]]:
        """Return where the host is, in the words of getaddrinfo; refuse what is not public."""
        try:
            places = socket.getaddrinfo(page.host, page.port, type=socket.SOCK_STREAM)
        except OSError as error:
            if error.errno in UNKNOWN_NAME:
                raise NotVisited(f"There is no host {page.host}.", LinkState.DEAD) from error
            raise NotVisited(f"The name {page.host} could not be looked up.") from error
        for *_kind, place in places:
            ip = ipaddress.ip_address(place[0])
            if not is_public(ip) and not (self._allow_loopback and ip.is_loopback):
                raise NotVisited(f"Not visited: {page.host} is {ip}, which is no public address.")
        return places

    def _connect(self, places: list[tuple[Any, ...]], ends: float) -> socket.socket:
        """Connect to the first place that answers, sharing the time among them."""
        failure = OSError()
        for position, place in enumerate(places):
            try:
                return _dial(place, _until(ends) / (len(places) - position))
            except OSError as error:
                failure = error
        raise NotVisited(self._tell(failure)) from failure

    def _exchange(
        self, method: str, page: LinkTarget, connected: socket.socket, ends: float
    ) -> tuple[int, str]:
        connected.settimeout(_until(ends))
        if page.scheme == "https":
            connected = self._tls.wrap_socket(connected, server_hostname=page.host)
        with connected, _hung_up(connected, ends):
            connection = http.client.HTTPConnection(page.host, page.port)
            connection.sock = connected
            connection.request(method, page.path, headers=self._headers | {"Host": page.place})
            with connection.getresponse() as answer:
                if time.monotonic() >= ends:
                    raise TimeoutError  # we hung up, perhaps in the middle of the head
                # http.client reads headers as Latin-1; servers write UTF-8.
                location = answer.getheader("Location", "").encode("latin-1")
                return answer.status, location.decode("utf-8", "replace")

    def _tell(self, error: Exception) -> str:
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


def _judge(status: int) -> tuple[LinkState, str]:
    if 200 <= status < 300:
        return LinkState.ALIVE, "It answers."
    if status in GONE:
        return LinkState.DEAD, f"The page is gone ({status})."
    if status == 429:
        return LinkState.UNCLEAR, "It asks for fewer visits (429)."
    if status in (401, 403):
        return LinkState.UNCLEAR, f"It refuses us ({status}), perhaps only because we are a robot."
    if status >= 500:
        return LinkState.UNCLEAR, f"Its server is in trouble ({status})."
    return LinkState.UNCLEAR, f"It answers {status}, which settles nothing."


def _finding(
    address: str,
    state: LinkState,
    sentence: str,
    led_to: LinkTarget | None,
    *,
    was_reached: bool = True,
) -> LinkResult:
    if led_to and state == LinkState.ALIVE:
        redirected = LinkState.REDIRECTED
        return LinkResult(address, redirected, "It leads to another address.", led_to.address)
    if led_to:
        sentence = f"It leads to another address. {sentence} ({led_to.address})"
    if len(sentence) > LONGEST_DETAIL:
        sentence = f"{sentence[: LONGEST_DETAIL - 1]}…"
    return LinkResult(address, state, sentence, was_reached=was_reached)


def _spread(addresses: Sequence[str]) -> list[str]:
    """Order addresses so that those of one host stand apart, and few visits wait for another."""
    seen: Counter[str] = Counter()
    rounds = []
    for address in addresses:
        host = address.partition("://")[2].partition("/")[0]
        rounds.append((seen[host], address))
        seen[host] += 1
    return [address for _round, address in sorted(rounds, key=lambda pair: pair[0])]


def _behind_nat64(ip: ipaddress.IPv6Address) -> ipaddress.IPv4Address | None:
    return ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF) if ip in NAT64 else None


def _dial(place: tuple[Any, ...], timeout: float) -> socket.socket:
    family, kind, protocol, _name, address = place
    connected = socket.socket(family, kind, protocol)
    try:
        connected.settimeout(timeout)
        connected.connect(address)
    except OSError:
        connected.close()
        raise
    return connected


def _until(ends: float) -> float:
    return max(ends - time.monotonic(), 0.001)


@contextmanager
def _hung_up(connected: socket.socket, ends: float) -> Iterator[None]:
    """Hang up when the time is over: a timeout alone begins anew with every byte that drips in."""
    clock = threading.Timer(_until(ends), _hang_up, [connected])
    clock.daemon = True
    clock.start()
    try:
        yield
    finally:
        clock.cancel()


def _hang_up(connected: socket.socket) -> None:
    with suppress(OSError):
        # Not the method of a TLS socket, which would forget that it is one while another reads.
        socket.socket.shutdown(connected, socket.SHUT_RDWR)
