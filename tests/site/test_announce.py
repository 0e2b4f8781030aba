"""Before the site is served, one sentence says what is wrong with HOST or PORT."""

import io
import os
import socket

import pytest
from django.core.management import CommandError, call_command

from tests.support.processes import free_port

pytestmark = pytest.mark.django_db


def refusal(monkeypatch, host, port):
    monkeypatch.setenv("HOST", host)
    monkeypatch.setenv("PORT", str(port))
    with pytest.raises(CommandError) as error:
        call_command("announce")
    return str(error.value)


def test_a_name_that_leads_nowhere_is_not_answered_with_another_port(monkeypatch):
    def bind(self, address):
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket.socket, "bind", bind)
    sentence = refusal(monkeypatch, "nosuchhost", 8000)
    assert "HOST is “nosuchhost”, a name that leads nowhere." in sentence
    assert "another port" not in sentence


def test_an_address_of_another_machine_is_not_either(monkeypatch):
    sentence = refusal(monkeypatch, "192.0.2.1", 8000)
    assert "HOST is 192.0.2.1, which is no address of this machine." in sentence
    assert "another port" not in sentence


def test_a_port_that_is_taken_is(monkeypatch):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert "Take another port: PORT=" in refusal(monkeypatch, "127.0.0.1", port)


@pytest.mark.parametrize("port", ["", "0", "65536", "http", "80 "])
def test_what_is_no_port_is_refused(monkeypatch, port):
    assert "must be a number from 1 to 65535" in refusal(monkeypatch, "127.0.0.1", port)


@pytest.mark.usefixtures("_before_checks_are_due")
def test_setting_up_what_is_set_up_changes_nothing_and_says_where_the_site_will_be(monkeypatch):
    monkeypatch.setenv("HOST", "127.0.0.1")
    monkeypatch.setenv("PORT", str(free_port()))
    out = io.StringIO()
    call_command("set_up", "--announce", stdout=out)
    assert "Data loaded: 0 created, 0 updated" in out.getvalue()
    assert f"The site:  http://127.0.0.1:{os.environ['PORT']} " in out.getvalue()
