"""T11: where one request ends and the next begins is never in doubt, nor who forwarded it."""

import re
import socket
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from tests.support import servers
from tests.support.measurements import Measurement

ABOUT = "HTTP framing is unambiguous, and forwarded headers are believed of the proxy only (T11)"

HOST = b"Host: localhost\r\n"
NEXT = b"GET /smuggled HTTP/1.1\r\n" + HOST + b"\r\n"
"""What an attacker hides in the body: it must never get an answer of its own."""


class Form(NamedTuple):
    """A way in which servers have disagreed on where a request ends."""

    name: str
    head: bytes
    body: bytes = b"0\r\n\r\n" + NEXT


TE = b"Transfer-Encoding: chunked\r\n"
FORMS = [
    Form("length and chunks", b"Content-Length: 6\r\n" + TE),
    Form("chunks and length", TE + b"Content-Length: 6\r\n"),
    Form("two lengths", b"Content-Length: 0\r\nContent-Length: 44\r\n", NEXT),
    Form("the same length twice", b"Content-Length: 5\r\nContent-Length: 5\r\n"),
    Form("a list of lengths", b"Content-Length: 5, 5\r\n"),
    Form("a length with a plus", b"Content-Length: +5\r\n"),
    Form("a negative length", b"Content-Length: -5\r\n"),
    Form("a length with an underscore", b"Content-Length: 1_0\r\n"),
    Form("a hexadecimal length", b"Content-Length: 0x5\r\n"),
    Form("a superscript length", b"Content-Length: \xb2\r\n"),
    Form("an empty length", b"Content-Length: \r\n"),
    Form("a length with a space in it", b"Content-Length: 5 5\r\n"),
    Form("a space before the colon", b"Transfer-Encoding : chunked\r\n"),
    Form("a tab before the colon", b"Transfer-Encoding\t: chunked\r\n"),
    Form("a space before the colon of a length", b"Content-Length : 5\r\n"),
    Form("a folded header", b"Transfer-Encoding:\r\n chunked\r\n"),
    Form("a folded value", b"X: a\r\n Transfer-Encoding: chunked\r\n"),
    Form("a folded first header", b" Transfer-Encoding: chunked\r\n"),
    Form("chunked twice", b"Transfer-Encoding: chunked, chunked\r\n"),
    Form("two codings in two headers", TE + b"Transfer-Encoding: identity\r\n"),
    Form("identity after chunked", b"Transfer-Encoding: chunked, identity\r\n"),
    Form("an unknown coding", b"Transfer-Encoding: xchunked\r\n"),
    Form("a coding in quotes", b'Transfer-Encoding: "chunked"\r\n'),
    Form("a coding with a vertical tab", b"Transfer-Encoding: \x0bchunked\r\n"),
    Form("a coding with a form feed", b"Transfer-Encoding: chunked\x0c\r\n"),
    Form("a coding with a NUL", b"Transfer-Encoding: chunked\x00\r\n"),
    Form("a coding with a semicolon", b"Transfer-Encoding: chunked;a=b\r\n"),
    Form("a compressed coding alone", b"Transfer-Encoding: gzip\r\n"),
    Form("an empty coding", b"Transfer-Encoding: \r\n"),
    Form("a bare line feed", b"X: a\nTransfer-Encoding: chunked\r\n"),
    Form("a bare carriage return", b"X: a\rTransfer-Encoding: chunked\r\n"),
    Form("a NUL in a header", b"X: a\x00b\r\n"),
    Form("a name with a bracket", b"Transfer(Encoding): chunked\r\n"),
    Form("a name with a NUL", b"Transfer-Encoding\x00: chunked\r\n"),
    Form("no name", b": chunked\r\n"),
    Form("no colon", b"Transfer-Encoding chunked\r\n"),
    Form("a chunk size in decimal words", TE, b"five\r\nhello\r\n" + NEXT),
    Form("a chunk size with a plus", TE, b"+5\r\nhello\r\n0\r\n\r\n" + NEXT),
    Form("a chunk size with 0x", TE, b"0x5\r\nhello\r\n0\r\n\r\n" + NEXT),
    Form("a chunk size with an underscore", TE, b"0_5\r\nhello\r\n0\r\n\r\n" + NEXT),
    Form("a negative chunk size", TE, b"-5\r\nhello\r\n0\r\n\r\n" + NEXT),
    Form("a chunk size with a space before", TE, b" 5\r\nhello\r\n0\r\n\r\n" + NEXT),
    Form("a huge chunk size", TE, b"f" * 40 + b"\r\nhello\r\n0\r\n\r\n" + NEXT),
    Form("a chunk longer than its size", TE, b"2\r\nhello\r\n0\r\n\r\n" + NEXT),
    Form("a chunk that ends in a line feed", TE, b"5\nhello\n0\n\n" + NEXT),
    Form("a chunk extension with a line feed", TE, b"5;a\nb\r\nhello\r\n0\r\n\r\n" + NEXT),
    Form("a trailer that is a length", TE, b"0\r\nContent-Length: 44\r\n\r\n"),
]
STARTS = {
    "HTTP/0.9": b"GET /en/about/\r\n\r\n",
    "HTTP/1.0 with chunks": b"POST /en/about/ HTTP/1.0\r\n" + HOST + TE + b"\r\n0\r\n\r\n" + NEXT,
    "an unknown version": b"GET /en/about/ HTTP/1.9x\r\n" + HOST + b"\r\n",
    "a line feed in the request line": b"GET /en/\nX HTTP/1.1\r\n" + HOST + b"\r\n",
    "a space in the address": b"GET /en/ about/ HTTP/1.1\r\n" + HOST + b"\r\n",
    "a method with a control character": b"G\x01ET /en/ HTTP/1.1\r\n" + HOST + b"\r\n",
    "two hosts": b"GET /en/about/ HTTP/1.1\r\n" + HOST + b"Host: evil.example\r\n\r\n",
    "no host": b"GET /en/about/ HTTP/1.1\r\n\r\n",
    "an address of another site": b"GET http://evil.example/en/ HTTP/1.1\r\n" + HOST + b"\r\n",
}
FORWARDED = {
    "X-Forwarded-Proto": "https",
    "X-Forwarded-Ssl": "on",
    "X-Forwarded-Protocol": "ssl",
    "X-Forwarded-Host": "evil.example",
    "X-Forwarded-Port": "6666",
    "X-Forwarded-For": "203.0.113.66",
    "X-Real-IP": "203.0.113.66",
    "Forwarded": "for=203.0.113.66;host=evil.example;proto=https",
    "X-Forwarded-Prefix": "/evil",
    "X-Script-Name": "/evil",
    "SCRIPT_NAME": "/evil",
    "Script-Name": "/evil",
    "PATH_INFO": "/evil",
    "X-Original-URL": "/admin/",
    "X-Rewrite-URL": "/admin/",
    "X-HTTP-Method-Override": "DELETE",
    "REMOTE_USER": "admin",
    "Remote-User": "admin",
    "Proxy": "http://evil.example",
}


def exchange(address: str, sent: bytes, silence_seconds: float = 5) -> bytes:
    """Send bytes as they are; return all that comes back until the server closes or is silent."""
    host, port = address.removeprefix("http://").split(":")
    got = b""
    with socket.create_connection((host, int(port)), timeout=20) as connection:
        connection.settimeout(silence_seconds)
        try:
            connection.sendall(sent)
            while piece := connection.recv(65536):
                got += piece
        except OSError:  # silent, or closed while we were sending: what came before counts
            pass
    return got


def statuses(answer: bytes) -> list[int]:
    """Return the status of each answer that came back."""
    return [int(code) for code in re.findall(rb"HTTP/1\.[01] (\d{3}) ", answer)]


def is_refused(answer: bytes) -> bool:
    """Tell whether one answer came, a refusal, and the connection was closed or left alone."""
    codes = statuses(answer)
    return len(codes) <= 1 and all(status in (400, 405, 411, 413, 501, 505) for status in codes)


def accepted(address: str) -> list[str]:
    """Send every form of smuggling; return those of which more came back than one refusal."""
    line = b"POST /en/about/ HTTP/1.1\r\n" + HOST
    sent = {form.name: line + form.head + b"\r\n" + form.body for form in FORMS} | STARTS
    return [
        f"{name} {statuses(answer)}"
        for name, data in sent.items()
        if not is_refused(answer := exchange(address, data))
    ]


def believed(address: str) -> list[str]:
    """Ask with each header that only a proxy may set; return those that change the page."""
    plain = _page(address)
    return [
        name for name, value in FORWARDED.items() if _page(address, f"{name}: {value}") != plain
    ]


def _page(address: str, *headers: str) -> bytes:
    lines = ["GET /sitemap.xml HTTP/1.1", "Host: localhost", "Connection: close", *headers]
    # The first is built for it, with the pages of all languages.
    answer = exchange(address, "\r\n".join([*lines, "", ""]).encode(), silence_seconds=30)
    head, _, body = answer.partition(b"\r\n\r\n")
    stable_lines = [
        line for line in head.split(b"\r\n") if not line.startswith((b"Date", b"X-Noise"))
    ]
    return b"\r\n".join([*stable_lines, body])


def run() -> Iterator[Measurement]:
    """Send every form to the site as it is served."""
    servers.collect_statics()
    with tempfile.TemporaryDirectory() as folder:
        environment = {"VAR_DIR": str(servers.var_dir(Path(folder))), "WEB_CONCURRENCY": "1"}
        with servers.gunicorn(environment) as address:
            wrong = accepted(address)
            count = len(FORMS) + len(STARTS)
            yield Measurement(
                f"{count} forms of smuggling", _said(wrong, "accepted"), "0 accepted", not wrong
            )
            wrong = believed(address)
            yield Measurement(
                f"{len(FORWARDED)} headers of a proxy, sent by a visitor",
                _said(wrong, "believed"),
                "0 believed",
                not wrong,
            )


def _said(wrong: list[str], word: str) -> str:
    return f"{len(wrong)} {word}" + (f": {', '.join(wrong)}" if wrong else "")
