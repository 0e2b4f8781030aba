"""T13: whoever guesses passwords does not stall the site, and nothing sent fills its disk."""

import concurrent.futures
import socket
import tempfile
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from tests.support import servers
from tests.support.measurements import Measurement
from tests.support.visitors import percentile

ABOUT = "guessing passwords neither opens nor stalls the site, nor do uploads fill its disk (T13)"

SIMULTANEOUS_SIGN_INS = 16
MEASUREMENT_SECONDS = 8
TOKEN = "t" * 32
PEOPLE = """
from django.contrib.auth.models import User
for n in range({n}):
    User.objects.create_user(f"editor-{{n}}", password="une phrase assez longue", is_staff=True)
"""


class Tried(NamedTuple):
    """A sign-in: what came back, and how long it took, in seconds."""

    text: str
    seconds: float


def sign_in(address: str, name: str, visitor: str) -> Tried:
    """Send a wrong password as a visitor from this address, which our proxy would have written."""
    sent = {"login": name, "password": "wrong", "csrfmiddlewaretoken": TOKEN}
    headers = {"Cookie": f"csrftoken={TOKEN}", "X-Forwarded-For": visitor}
    login = f"{address}/accounts/login/"
    request = urllib.request.Request(login, urllib.parse.urlencode(sent).encode(), headers)
    began = time.monotonic()
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            text = answer.read().decode()
    except urllib.error.HTTPError as refusal:
        text = f"{refusal.code}"
    return Tried(text, time.monotonic() - began)


def pages(address: str, path: str, until: float) -> list[float]:
    """Ask for a page again and again until a moment; return how long each took, in seconds."""
    took = []
    while time.monotonic() < until:
        began = time.monotonic()
        with urllib.request.urlopen(f"{address}{path}", timeout=60) as answer:
            answer.read()
        took.append(time.monotonic() - began)
        time.sleep(0.02)
    return took


def besieged(address: str, path: str, first: int) -> tuple[float, int]:
    """Return the p95 of a page while 16 sign in at once, second by second, and how often.

    They are the accounts from the `first` on: one that was guessed at before is closed for a while,
    and costs nothing any more.
    """
    until = time.monotonic() + MEASUREMENT_SECONDS
    with concurrent.futures.ThreadPoolExecutor(SIMULTANEOUS_SIGN_INS + 1) as threads:
        measured = threads.submit(pages, address, path, until)
        count = 0

        def guess(n: int) -> int:
            done = 0
            while time.monotonic() < until:
                sign_in(address, f"editor-{n}", f"203.0.113.{n}")
                done += 1
                time.sleep(1)
            return done

        count = sum(threads.map(guess, range(first, first + SIMULTANEOUS_SIGN_INS)))
        return percentile(measured.result(), 0.95), count


def upload(address: str, head: str, folder: Path) -> tuple[str, int, int]:
    """Send 400 MB, or as much as the server takes.

    Return the first line of its answer, and how many bytes were sent and stood in the folder.
    """
    host, port = address.removeprefix("http://").split(":")
    start = (
        "POST /accounts/login/ HTTP/1.1\r\nHost: localhost\r\n"
        f"Cookie: csrftoken={TOKEN}\r\n"
        f"Content-Type: multipart/form-data; boundary=x\r\n{head}\r\n\r\n"
    )
    part = b'--x\r\nContent-Disposition: form-data; name="f"; filename="f"\r\n\r\n' + b"x" * 65000
    chunk = f"{len(part):x}\r\n".encode() + part + b"\r\n" if "chunked" in head else part
    sent = stored = 0
    with socket.create_connection((host, int(port)), timeout=20) as connection:
        try:
            connection.sendall(start.encode())
            while sent < 400_000_000:
                connection.sendall(chunk)
                sent += len(chunk)
                stored = max(stored, _bytes_in(folder))
        except OSError:
            pass
        try:
            answer = connection.recv(65536)
        except OSError:
            answer = b"(closed)"
    return answer.split(b"\r\n")[0].decode(), sent, stored


def _bytes_in(folder: Path) -> int:
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())


def run() -> Iterator[Measurement]:
    """Guess 16 at once while someone reads; then send what is too large."""
    servers.collect_statics()
    with tempfile.TemporaryDirectory() as folder, tempfile.TemporaryDirectory() as uploads:
        var = servers.var_dir(Path(folder))
        environment = {"VAR_DIR": str(var), "TRUST_PROXY": "1", "TMPDIR": uploads}
        make = PEOPLE.format(n=2 * SIMULTANEOUS_SIGN_INS + 2)
        servers.manage("shell", "--verbosity=0", "-c", make, environment=environment)
        with servers.gunicorn(environment) as address:
            yield from _guessed(address)
            yield from _uploaded(address, Path(uploads))


def _guessed(address: str) -> Iterator[Measurement]:
    for first, what, path in (
        (0, "a cached page", "/en/about/"),
        (SIMULTANEOUS_SIGN_INS, "a search", "/en/?q=lyon"),
    ):
        calm = percentile(pages(address, path, time.monotonic() + 3), 0.95)
        busy, count = besieged(address, path, first)
        yield Measurement(
            f"p95 of {what} while {SIMULTANEOUS_SIGN_INS} sign in at once ({count} tries)",
            f"{busy * 1000:.0f} ms, {calm * 1000:.0f} ms in calm",
            "1,000 ms",
            busy <= 1,
        )
    hashed = sign_in(address, f"editor-{2 * SIMULTANEOUS_SIGN_INS}", "203.0.113.200").seconds
    last = f"editor-{2 * SIMULTANEOUS_SIGN_INS + 1}"
    for _ in range(6):
        sign_in(address, last, "203.0.113.201")
    throttled = sign_in(address, last, "203.0.113.202")
    is_throttled = "Too many failed login attempts" in throttled.text
    yield Measurement(
        "a try too many",
        f"{throttled.seconds * 1000:.0f} ms, {'told to wait' if is_throttled else 'not'}; "
        f"one that is hashed: {hashed * 1000:.0f} ms",
        "no hash: under half of it",
        is_throttled and throttled.seconds < 0.5 * hashed,
    )


def _uploaded(address: str, uploads: Path) -> Iterator[Measurement]:
    for what, head in (
        ("400 MB to the login page", "Content-Length: 400000000"),
        ("the same in chunks", "Transfer-Encoding: chunked"),
    ):
        line, sent, stored = upload(address, head, uploads)
        yield Measurement(
            what,
            f"{line}, {sent / 1e6:.1f} MB sent, {stored / 1e6:.1f} MB on the disk",
            "refused, 0.0 MB on the disk",
            (" 413 " in line or " 403 " in line or "closed" in line) and stored == 0,
        )
