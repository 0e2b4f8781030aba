"""Gunicorn alone, as `make serve` starts it, with more slow clients than it has threads."""

import threading

import pytest

from drills import slow_clients
from tests.support import servers
from tests.support.visitors import ask, wait_for

pytestmark = pytest.mark.servers

COUNT = 60
"""More than the threads of one worker, when this was a fault."""


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    servers.collect_statics()
    folder = servers.site_folder(tmp_path_factory)
    with servers.gunicorn({"VAR_DIR": str(folder), "WEB_CONCURRENCY": "1"}) as address:
        yield address


@pytest.mark.parametrize("kind", slow_clients.KINDS, ids=lambda kind: kind.name)
def test_slow_clients_keep_no_visitor_waiting(address, kind):
    leaving = threading.Event()
    slow = slow_clients.SlowClients(address, [kind], COUNT, leaving)
    thread = threading.Thread(target=slow.dribble)
    thread.start()
    try:
        wait_for(lambda: slow.most == COUNT, 20)
        responses = [ask(address, "/en/about/") for _ in range(20)]
    finally:
        leaving.set()
        thread.join()
    assert {response.status for response in responses} == {200}
    assert sorted(response.seconds for response in responses)[18] < 1
