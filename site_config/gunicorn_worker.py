"""A worker of gunicorn whose threads never wait for a client: see docs/decisions/0020.

gunicorn's own threads read requests and write responses, so a client that sends or reads a byte now
and then holds one. Here the worker's loop does both: a thread gets a request when all of it has
arrived, and leaves to the loop what a client has not read yet. Requests are parsed by gunicorn;
here it is only decided when. TLS is left to a proxy.
"""

import errno
import re
import socket
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from selectors import EVENT_READ, EVENT_WRITE
from typing import Any

from gunicorn.workers import gthread  # type: ignore[import-untyped]

RECEIVE_SECONDS = 20.0
"""For a whole request, from its first byte; and for the first byte of a new connection."""
SEND_SECONDS = 60.0
"""For what is left of a response when its thread has ended."""
LINGER_SECONDS = 2.0
"""For a client to close a connection after the last response; then what it sends is refused."""
SWEEP_INTERVAL_SECONDS = 1.0
READ_BYTES = 64 * 1024
MAX_HEAD_BYTES = 1024 * 1024
"""More than gunicorn's own limits together: a longer head gets its error from gunicorn."""
MAX_BODY_BYTES = 1024 * 1024
"""The most that any page takes (rollout/accounts/middleware.py): larger ones are refused unread."""
MAX_RECEIVED_BYTES = 64 * 1024 * 1024
"""Of all requests of a worker that have not arrived completely."""

REQUEST_TIMEOUT = b"HTTP/1.1 408 Request Timeout\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
HEAD_END = re.compile(rb"\n\r?\n")
CONTENT_LENGTH = re.compile(rb"\ncontent-length:[ \t]*(\d{1,15})[ \t]*\r?\n", re.IGNORECASE)
TRANSFER_ENCODING = re.compile(rb"\ntransfer-encoding[ \t]*:", re.IGNORECASE)
EXPECT_CONTINUE = re.compile(rb"\nexpect:[ \t]*100-continue", re.IGNORECASE)


class ClientSocket(socket.socket):
    """A socket that never blocks: `sendall` keeps what the client does not take yet."""

    def __init__(self, accepted: socket.socket) -> None:
        """Take over the file descriptor of a socket."""
        super().__init__(accepted.family, accepted.type, accepted.proto, accepted.detach())
        super().setblocking(False)
        self.unsent: deque[memoryview] = deque()

    def setblocking(self, flag: bool) -> None:
        """Ignore gunicorn, whose threads would wait."""

    def settimeout(self, value: float | None) -> None:
        """Ignore gunicorn, whose threads would wait."""

    def receive(self) -> bytes:
        """Return what has arrived, b"" at the end. Raises BlockingIOError if nothing has."""
        return super().recv(READ_BYTES)

    def recv(self, *args: Any) -> bytes:
        """Raise ConnectionResetError: a thread that needs more has got all there was."""
        raise ConnectionResetError(errno.ECONNRESET, "The request has not arrived completely.")

    def sendall(self, data: Any, flags: int = 0) -> None:
        """Send what the client takes now. Raises OSError if it is gone."""
        self.unsent.append(memoryview(data))
        self.flush()

    def flush(self) -> bool:
        """Send what the client takes now; tell whether nothing is left. Raises OSError."""
        while self.unsent:
            try:
                sent = self.send(self.unsent[0])
            except BlockingIOError:
                return False
            rest = self.unsent[0][sent:]
            if rest:
                self.unsent[0] = rest
            else:
                self.unsent.popleft()
        return True


class Connection(gthread.TConn):
    """A connection with what has arrived of its next request."""

    sock: ClientSocket

    def __init__(self, cfg: Any, sock: ClientSocket, client: Any, server: Any) -> None:
        super().__init__(cfg, sock, client, server)
        self.deadline = 0.0
        self.is_kept_open = False
        self.expect_request(b"")

    def expect_request(self, received: bytes) -> None:
        """Begin a request with what has already arrived of it."""
        self.received = bytearray(received)
        self.is_whole = False
        """Whether the connection can be used again: body and next request are not confused."""
        self._searched = 0
        self._size: int | None = None

    def is_ready(self) -> bool:
        """Tell whether a thread can handle the request, if only to refuse it.

        Bodies in chunks or over MAX_BODY_BYTES are not waited for: no page reads them.
        """
        if self._size is None:
            head = HEAD_END.search(self.received, self._searched)
            if head is None:
                self._searched = max(0, len(self.received) - 2)
                return len(self.received) > MAX_HEAD_BYTES
            self._size = self._size_of_request(head.end())
        return len(self.received) >= self._size

    def _size_of_request(self, head_size: int) -> int:
        match = CONTENT_LENGTH.search(self.received, 0, head_size)
        length = int(match[1]) if match else 0
        in_chunks = TRANSFER_ENCODING.search(self.received, 0, head_size)
        self.is_whole = not in_chunks and length <= MAX_BODY_BYTES
        if not self.is_whole:
            return head_size
        if len(self.received) == head_size < head_size + length and EXPECT_CONTINUE.search(
            self.received, 0, head_size
        ):
            self.sock.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
        return head_size + length


class BufferingWorker(gthread.ThreadWorker):
    """gunicorn's worker with threads, which here only handle requests that have arrived."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._waiting: dict[Connection, None] = {}
        """Connections that wait for their clients, those that have waited longest first."""
        self._received_bytes = 0
        self._next_sweep = 0.0

    def accept(self, listener: Any) -> None:
        """Accept a connection; if there are too many, close the one that has waited longest."""
        try:
            accepted, client = listener.accept()
        except (BlockingIOError, ConnectionAbortedError):
            return
        self.nr_conns += 1
        conn = Connection(self.cfg, ClientSocket(accepted), client, listener.getsockname())
        self._expect_request(conn, RECEIVE_SECONDS)
        self._evict()

    def handle_request(self, req: Any, conn: Connection) -> Any:
        """Handle a request in a thread; after a body that was not waited for, close."""
        if not conn.is_whole:
            req.force_close()
        return super().handle_request(req, conn)

    def finish_request(self, conn: Connection, fs: "Future[bool]") -> None:
        """Go on with a connection whose request a thread has handled."""
        conn.is_kept_open = not fs.cancelled() and not fs.exception() and fs.result()
        self._send(conn)

    def murder_pending(self) -> None:
        """Close the connections that have waited too long: once in SWEEP_INTERVAL_SECONDS."""
        now = time.monotonic()
        if now < self._next_sweep:
            return
        self._next_sweep = now + SWEEP_INTERVAL_SECONDS
        for conn in [conn for conn in self._waiting if conn.deadline <= now]:
            if conn.received:
                with suppress(OSError):
                    conn.sock.sendall(REQUEST_TIMEOUT)
            self._close(conn)

    def _cap_keepalive(self, deadline: float) -> None:
        """Give clients that have not sent their request until `deadline`: this worker ends."""
        for conn in self._waiting:
            if not conn.sock.unsent:
                conn.deadline = min(conn.deadline, deadline)

    # --- What the loop does with one connection -----------------------------------------------

    def _expect_request(self, conn: Connection, seconds: float) -> None:
        """Have the next request handled if it has arrived; else wait for it."""
        is_ready = self._read(conn)
        if is_ready:
            self._handle(conn)
        elif is_ready is not None:
            seconds = RECEIVE_SECONDS if conn.received else seconds
            self._wait(conn, EVENT_READ, self._go_on_reading, seconds)

    def _go_on_reading(self, conn: Connection) -> None:
        was_idle = not conn.received
        is_ready = self._read(conn)
        if is_ready is None:
            return
        if is_ready:
            self._stop_waiting(conn)
            self._handle(conn)
        elif was_idle:
            conn.deadline = time.monotonic() + RECEIVE_SECONDS
        self._evict()

    def _read(self, conn: Connection) -> bool | None:
        """Read what has arrived; tell whether a thread can go on. None: the client is gone."""
        try:
            with suppress(BlockingIOError):
                data = conn.sock.receive()
                if not data:
                    raise ConnectionAbortedError
                conn.received += data
                self._received_bytes += len(data)
            return conn.is_ready()
        except OSError:
            self._close(conn)
            return None

    def _handle(self, conn: Connection) -> None:
        """Give a request to a thread."""
        conn.init()
        conn.parser.unreader.unread(bytes(conn.received))
        self._forget(conn)
        self.enqueue_req(conn)

    def _send(self, conn: Connection) -> None:
        """Send what is left of a response; then expect the next request, or close."""
        try:
            is_sent = conn.sock.flush()
            if is_sent and not conn.is_kept_open:
                conn.sock.shutdown(socket.SHUT_WR)
        except OSError:
            self._close(conn)
            return
        if not is_sent:
            if conn not in self._waiting:
                self._wait(conn, EVENT_WRITE, self._send, SEND_SECONDS)
            return
        self._stop_waiting(conn)
        if conn.is_kept_open:
            conn.expect_request(conn.parser.unreader.take_buffered())
            self._received_bytes += len(conn.received)
            self._expect_request(conn, self.cfg.keepalive)
        else:
            self._wait(conn, EVENT_READ, self._discard, LINGER_SECONDS)

    def _discard(self, conn: Connection) -> None:
        """Read what a client still sends: a reset could overtake the response (RFC 9112, 9.6)."""
        with suppress(OSError):
            if conn.sock.receive():
                return
        self._close(conn)

    # --- Waiting ------------------------------------------------------------------------------

    def _wait(
        self, conn: Connection, event: int, callback: Callable[[Connection], None], seconds: float
    ) -> None:
        if not self.alive and event == EVENT_READ:
            seconds = min(seconds, gthread.STOP_KEEPALIVE_LINGER)
        conn.deadline = time.monotonic() + seconds
        self._waiting[conn] = None
        self.poller.register(conn.sock, event, lambda _socket: callback(conn))

    def _stop_waiting(self, conn: Connection) -> None:
        if conn in self._waiting:
            del self._waiting[conn]
            self.poller.unregister(conn.sock)

    def _close(self, conn: Connection) -> None:
        self._stop_waiting(conn)
        self._forget(conn)
        self.nr_conns -= 1
        conn.sock.close()

    def _forget(self, conn: Connection) -> None:
        """Drop what was received: it is with a thread, or not wanted any more."""
        self._received_bytes -= len(conn.received)
        conn.received = bytearray()

    def _evict(self) -> None:
        """Close the connections that have waited longest, while there is too much of anything."""
        while self._waiting and (
            self.nr_conns >= self.worker_connections or self._received_bytes > MAX_RECEIVED_BYTES
        ):
            self._close(next(iter(self._waiting)))
