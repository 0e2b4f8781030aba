"""The worker's own part in HTTP: when a request has arrived, and who may wait for how long."""

import importlib.metadata
import selectors
import socket
from concurrent.futures import Future

import pytest
from gunicorn.config import Config  # type: ignore[import-untyped]

from site_config import gunicorn_worker
from site_config.gunicorn_worker import BufferingWorker, ClientSocket, Connection

GET = b"GET /en/ HTTP/1.1\r\nHost: localhost\r\n\r\n"
POST = b"POST /en/ HTTP/1.1\r\nHost: localhost\r\nContent-Length: 3\r\n\r\n"


class Worker(BufferingWorker):
    """A worker without threads, which notes what it would have handled."""

    def __init__(self):
        super().__init__(1, 1, [], None, 30, Config(), None)
        self.poller = selectors.DefaultSelector()
        self.handled = []

    def enqueue_req(self, conn):
        self.handled.append(conn)

    def turn(self):
        """Go once through the loop."""
        self.wait_for_and_dispatch_events(timeout=0)
        self.murder_pending()


class Listener:
    """A socket that accepts these clients."""

    def __init__(self):
        self.accepted = []

    def connect(self):
        client, accepted = socket.socketpair()
        client.settimeout(5)
        self.accepted.append((accepted, ""))
        return client

    def accept(self):
        return self.accepted.pop(0)

    def getsockname(self):
        return ("127.0.0.1", 8000)


@pytest.fixture
def worker():
    worker = Worker()
    yield worker
    for conn in [*worker._waiting, *worker.handled]:
        conn.sock.close()
    worker.poller.close()
    worker.tmp.close()


@pytest.fixture
def connect(worker):
    """Connect a client to the worker, which accepts it after the client has sent this."""
    clients = []

    def connect(data=b""):
        listener = Listener()
        client = listener.connect()
        client.sendall(data)
        worker.accept(listener)
        clients.append(client)
        return client

    yield connect
    for client in clients:
        client.close()


def finish(worker, conn, response, *, is_kept_open):
    """Let a thread have sent a response."""
    conn.sock.sendall(response)
    future: Future[bool] = Future()
    future.set_result(is_kept_open)
    worker.finish_request(conn, future)


def test_it_is_written_for_this_gunicorn():
    """It overrides methods that are no public interface: look at them when this fails."""
    assert importlib.metadata.version("gunicorn").startswith("27.0.")


@pytest.mark.parametrize("request_", [GET, POST + b"abc"])
def test_a_request_is_handled_when_its_last_byte_has_arrived(worker, connect, request_):
    client = connect()
    for byte in request_:
        assert worker.handled == []
        client.sendall(bytes([byte]))
        worker.turn()
    assert len(worker.handled) == 1
    assert worker.handled[0].is_whole


@pytest.mark.parametrize(
    "head",
    [
        POST.replace(b"3", b"2000000"),
        POST.replace(b"Content-Length: 3", b"Transfer-Encoding: chunked"),
        b"GET /en/ HTTP/1.1\r\nX: " + b"x" * gunicorn_worker.MAX_HEAD_BYTES,
    ],
)
def test_what_no_page_reads_is_not_waited_for_and_ends_the_connection(worker, connect, head):
    client = connect()
    while head and not worker.handled:
        head = head[client.send(head[:60_000]) :]
        worker.turn()
    assert len(worker.handled) == 1
    assert not worker.handled[0].is_whole


def test_a_thread_never_waits_for_more():
    client, accepted = socket.socketpair()
    with client, ClientSocket(accepted) as sock, pytest.raises(ConnectionResetError):
        sock.recv(1)


def test_who_may_send_a_body_is_told_so_once_asked(worker, connect):
    client = connect(POST.replace(b"\r\n\r\n", b"\r\nExpect: 100-continue\r\n\r\n"))
    assert client.recv(100) == b"HTTP/1.1 100 Continue\r\n\r\n"
    client.sendall(b"abc")
    worker.turn()
    assert len(worker.handled) == 1


def test_a_request_that_does_not_arrive_in_time_gets_408(worker, connect):
    silent, slow = connect(), connect(GET[:20])
    for conn in worker._waiting:
        conn.deadline = 0
    worker.turn()
    assert silent.recv(100) == b""
    assert slow.recv(1000).startswith(b"HTTP/1.1 408 ")
    assert (worker.nr_conns, worker._received_bytes) == (0, 0)


def test_a_byte_now_and_then_does_not_prolong_the_time(worker, connect):
    client = connect(GET[:1])
    (conn,) = worker._waiting
    conn.deadline -= 5
    deadline = conn.deadline
    client.sendall(GET[1:3])
    worker.turn()
    assert conn.deadline == deadline


def test_a_response_that_is_not_read_is_sent_by_the_loop(worker, connect):
    client = connect(GET)
    (conn,) = worker.handled
    response = b"x" * 5_000_000
    finish(worker, conn, response, is_kept_open=True)
    assert conn in worker._waiting
    received = 0
    while received < len(response):
        received += len(client.recv(65536))
        worker.turn()
    assert not conn.sock.unsent
    client.sendall(GET)  # and then the next request
    worker.turn()
    assert worker.handled == [conn, conn]


def test_requests_that_came_at_once_are_handled_one_after_the_other(worker, connect):
    connect(GET + GET)
    (conn,) = worker.handled
    next(conn.parser)
    finish(worker, conn, b"", is_kept_open=True)
    assert worker.handled == [conn, conn]


def test_after_the_last_response_the_client_may_still_send_but_not_for_long(worker, connect):
    client = connect(GET)
    finish(worker, worker.handled[0], b"bye", is_kept_open=False)
    client.sendall(b"x" * 1000)
    worker.turn()
    assert (client.recv(10), client.recv(10)) == (b"bye", b"")
    worker.handled[0].deadline = 0
    worker._next_sweep = 0
    worker.turn()
    assert worker.nr_conns == 0


def test_too_many_connections_cost_the_one_that_has_waited_longest(worker, connect):
    worker.worker_connections = 3
    first, second, third = connect(), connect(GET[:20]), connect()
    assert first.recv(1) == b""
    assert worker.nr_conns == 2
    for client in (second, third):
        client.sendall(GET[20:] if client is second else GET)
    worker.turn()
    assert len(worker.handled) == 2


def test_so_do_too_many_bytes_of_requests_that_have_not_arrived(worker, connect, monkeypatch):
    monkeypatch.setattr(gunicorn_worker, "MAX_RECEIVED_BYTES", 150)
    first, _second = connect(b"x" * 100), connect(b"x" * 100)
    assert first.recv(1) == b""
    assert (worker.nr_conns, worker._received_bytes) == (1, 100)


def test_a_worker_that_ends_gives_idle_clients_two_seconds(worker, connect):
    connect()
    (conn,) = worker._waiting
    worker._cap_keepalive(1.0)
    assert conn.deadline == 1.0


def test_connections_are_equal_only_to_themselves(worker, connect):
    connect(), connect()
    assert len(worker._waiting) == 2
    assert all(isinstance(conn, Connection) for conn in worker._waiting)
