"""No test reaches the network: this machine answers, nothing beyond it.

That holds in the process of the tests. The servers and browsers that they start are not covered.
"""

import socket
import urllib.request

import pytest
from pytest_socket import SocketBlockedError, SocketConnectBlockedError

# Warnings are errors here, and pytest-socket warns before it raises.
REFUSED = (SocketBlockedError, SocketConnectBlockedError, UserWarning)


@pytest.mark.parametrize(
    "address", ["192.0.2.1", "2001:db8::1"]
)  # kept for examples: RFC 5737, 3849
def test_a_connection_to_another_machine_is_refused(address):
    with pytest.raises(REFUSED, match=f'host "{address}"'):
        socket.create_connection((address, 443), timeout=0.1)


def test_no_name_of_another_machine_is_looked_up():
    with pytest.raises(REFUSED, match=r"look up the name elsewhere\.invalid"):
        urllib.request.urlopen("http://elsewhere.invalid/", timeout=0.1)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_this_machine_answers(host):
    with socket.create_server(("127.0.0.1", 0)) as server:
        socket.create_connection((host, server.getsockname()[1]), timeout=5).close()


def test_sockets_of_the_file_system_are_allowed(tmp_path):
    path = str(tmp_path / "socket")
    with socket.socket(socket.AF_UNIX) as server, socket.socket(socket.AF_UNIX) as client:
        server.bind(path)
        server.listen()
        client.connect(path)
