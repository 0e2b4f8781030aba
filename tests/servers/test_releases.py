"""What is quick of the drills of serving: a release proves itself, a reload loses nobody."""

import re
import signal
import subprocess
import sys
import threading
import time
from configparser import RawConfigParser
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
import yaml
from django.core.management import get_commands
from django.db import models
from django.db.migrations import operations

from rollout.operations import release_check
from tests.support import servers
from tests.support.processes import Gunicorn, running
from tests.support.visitors import Visitors, ask, wait_for

pytestmark = pytest.mark.servers

ROOT = servers.ROOT
PUBLIC = {
    "ALLOWED_HOSTS": "localhost",
    "SECRET_KEY": "0123456789abcdefghijklmnopqrstuvwxyz" * 2,
    "TRUST_PROXY": "1",
}


@pytest.fixture(scope="module")
def environment(tmp_path_factory):
    servers.collect_statics()
    return PUBLIC | {"VAR_DIR": str(servers.site_folder(tmp_path_factory))}


def prove(environment, *arguments):
    """Run prove_release; return its exit code and its words."""
    run = subprocess.run(
        [sys.executable, "manage.py", "prove_release", *arguments],
        cwd=ROOT,
        env={"PATH": "/usr/bin:/bin", "DOT_ENV": "", **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    return run.returncode, run.stdout + run.stderr


def test_a_release_in_which_all_is_well_may_run(environment):
    code, output = prove(environment)
    assert (code, "This release may run." in output) == (0, True), output


def test_a_release_whose_settings_refuse_to_start_may_not(environment):
    code, output = prove(environment | {"SECRET_KEY": "short"})
    assert code == 1
    assert "SECRET_KEY is missing or shorter" in output


def test_a_release_that_serves_without_a_proxy_that_it_trusts_may_not(environment):
    code, output = prove(environment | {"TRUST_PROXY": "0"})
    assert code == 1
    assert "/en/: 301" in output


def test_migrations_that_wait_are_shown_and_stop_it(tmp_path):
    code, output = prove(PUBLIC | {"VAR_DIR": str(tmp_path)})
    assert code == 1
    assert "rollout.0001_squashed_0011" in output


@pytest.mark.parametrize(
    ("step", "is_safe"),
    [
        (operations.CreateModel("New", []), True),
        (operations.AddField("Region", "note", models.TextField(null=True)), True),
        (operations.AddField("Region", "note", models.TextField(db_default="")), True),
        (operations.AddField("Region", "note", models.TextField(default="")), False),
        (operations.RemoveField("Region", "name"), False),
        (operations.RenameField("Region", "name", "title"), False),
        (operations.AlterField("Region", "name", models.CharField(max_length=3)), False),
        (operations.DeleteModel("Region"), False),
        (operations.RunSQL("DROP TABLE rollout_region"), False),
        (operations.SeparateDatabaseAndState([operations.DeleteModel("Region")]), False),
    ],
)
def test_only_steps_with_which_the_running_release_can_go_on_are_taken_unasked(step, is_safe):
    assert release_check._is_additive(step) is is_safe


def test_each_kind_of_page_is_asked_for_once(db):
    kinds = release_check.one_path_per_view()
    assert {"/en/", "/en/departments/", "/sitemap.xml", "/api/v1/departments.csv"} <= set(kinds)
    assert sum(path.startswith("/en/departments/") for path in kinds) < 8


class Stale(BaseHTTPRequestHandler):
    """Answers with a last good copy, as a release does whose pages break, or are slow."""

    copies = 0
    """How many answers are one; then the page is there."""

    def do_GET(self):
        self.send_response(200)
        if Stale.copies:
            Stale.copies -= 1
            self.send_header("X-Stale", "60")
        self.end_headers()
        self.wfile.write(b"<p>the page of the running release</p>")

    def log_message(self, *arguments):
        """Say nothing."""


@pytest.mark.parametrize(("copies", "expected"), [(0, 200), (2, 200), (3, 0)])
def test_a_page_may_be_slow_but_one_that_stays_an_old_copy_is_a_fault(
    monkeypatch, copies, expected
):
    monkeypatch.setattr(release_check, "PAUSE_SECONDS", 0)
    monkeypatch.setattr(Stale, "copies", copies)
    with HTTPServer(("127.0.0.1", 0), Stale) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        status, body = release_check._fetch_fresh(server.server_port, "/en/about/")
        server.shutdown()
    assert body
    assert status == expected


def test_a_reload_under_load_loses_nobody(environment, tmp_path):
    with running(Gunicorn(environment, tmp_path / "log")) as server:
        before = server.workers()
        with Visitors(server.address) as visitors:
            server.send(signal.SIGHUP)
            wait_for(lambda: not set(before) & set(server.workers()), 30)
            time.sleep(0.5)
    assert len(visitors.answers) > 20
    assert visitors.failed == []


ANSWER = """
from site_config.wsgi import application
def answer(environ, start_response):
    start_response("200 OK", [("Content-Length", "5")])
    return [b"{word}"]
"""


def test_a_reload_loads_the_code_as_it_is_now_and_code_that_does_not_load_changes_nothing(
    environment, tmp_path
):
    code = tmp_path / "answers.py"
    code.write_text(ANSWER.format(word="first"))
    server = Gunicorn(
        environment,
        tmp_path / "log",
        cwd=tmp_path,
        application="answers:answer",
        config=str(ROOT / "gunicorn.conf.py"),
    )
    with running(server):
        assert ask(server.address, "/").body == b"first"
        code.write_text("a mistake")
        before = server.workers()
        server.send(signal.SIGHUP)
        wait_for(lambda: not set(before) & set(server.workers()), 30)
        assert ask(server.address, "/").body == b"first"
        assert "No reload, the code cannot be loaded" in server.log.read_text()
        code.write_text(ANSWER.format(word="later"))
        for _reload in range(2):
            before = server.workers()
            server.send(signal.SIGHUP)
            wait_for(lambda: not set(before) & set(server.workers()), 30)  # noqa: B023
            assert ask(server.address, "/").body == b"later"
        server.send(signal.SIGHUP)
        time.sleep(0.3)
        server.stop()  # raises TimeoutExpired if the reload makes it forget


LOAD = """
import threading
import site_config.wsgi
from django.db import connections
assert threading.active_count() == 1, threading.enumerate()
assert all(connection.connection is None for connection in connections.all())
"""


def test_what_the_workers_share_has_no_thread_and_no_connection_of_a_database(environment):
    run = subprocess.run(
        [sys.executable, "-c", LOAD],
        cwd=ROOT,
        env={"DOT_ENV": "", **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stderr


# --- What cannot be run here is at least read -----------------------------------------------------


def units():
    return sorted((ROOT / "deploy" / "systemd").iterdir())


def read(unit):
    parser = RawConfigParser(strict=False)
    parser.read(unit)
    return parser


def test_each_timer_starts_a_command_that_there_is():
    for unit in units():
        if unit.suffix == ".timer" and "mirror-age" not in unit.name:
            name = read(unit)["Timer"]["Unit"]
            assert name.startswith("vitale-task@")
            assert name.partition("@")[2].removesuffix(".service") in get_commands()


def test_no_unit_runs_as_root_or_may_become_it():
    for unit in units():
        if unit.suffix == ".service":
            service = read(unit)["Service"]
            assert service["User"] == "vitale"
            assert service["NoNewPrivileges"] == "true"
            assert service["ProtectSystem"] == "strict"


def test_the_image_is_built_by_hash_and_runs_as_nobody_in_particular():
    text = (ROOT / "Dockerfile").read_text()
    build, run = re.split(r"(?m)^FROM ", text)[1:]
    assert "--no-deps --require-hashes --only-binary :all:" in build
    assert "apt" not in build  # nothing is compiled, in either
    assert re.findall(r"(?m)^ && apt-get install (.*) \\$", run) == [
        "--yes --no-install-recommends postgresql-client-15 libfribidi0"
    ]
    assert not re.search("gcc|build-essential", text)
    assert re.search(r"(?m)^USER 10001$", run)
    assert "HEALTHCHECK" in run
    assert "/livez" in run
    for name in re.findall(r"(?m)^!(\S+)$", (ROOT / ".dockerignore").read_text()):
        assert (ROOT / name).exists(), name


def test_containers_are_the_topology_that_the_drill_runs():
    compose = yaml.safe_load((ROOT / "compose.yaml").read_text())
    services = compose["services"]
    tasks = {"mirror", "mirror-age", "backup", "clearsessions", "check_links"}
    around = {"postgresql", "redis", "nginx", "certbot"}
    assert set(services) == {"prepare", "one", "two"} | tasks | around
    for name in {"one", "two", "prepare"} | tasks:
        assert services[name]["read_only"] is True
        assert services[name]["cap_drop"] == ["ALL"]
        is_asked = "healthcheck" not in services[name]  # then it is what the image says: /livez
        assert is_asked is (name in {"one", "two"})
    assert [name for name in services if "ports" in services[name]] == ["nginx"]
    volumes = [
        volume.split(":")[0]
        for service in services.values()
        for volume in service.get("volumes", [])
    ]
    for volume in volumes:
        assert (
            Path(ROOT / volume).exists() if volume.startswith(".") else volume in compose["volumes"]
        )
    machine = (ROOT / "deploy/containers/machine.conf").read_text()
    assert re.findall(r"server (\w+):8000 resolve ", machine) == ["one", "two"]


def test_a_container_that_is_made_anew_is_found_at_its_new_address():
    """`resolve` needs a shared zone and a name server, and a release of nginx that has both."""
    nginx = yaml.safe_load((ROOT / "compose.yaml").read_text())["services"]["nginx"]
    ((major, minor),) = re.findall(r"^nginx:(\d+)\.(\d+)-", nginx["image"])
    assert (int(major), int(minor)) >= (1, 28)
    machine = (ROOT / "deploy/containers/machine.conf").read_text()
    upstream = machine.partition("upstream application {")[2].partition("\n}")[0]
    assert "zone application " in upstream
    assert "include /run/resolver.conf;" in upstream
    assert "/run" in nginx["tmpfs"]
    assert "> /run/resolver.conf" in (ROOT / "deploy/containers/start_nginx").read_text()
    assert "./deploy/containers/start_nginx:/start_nginx:ro" in nginx["volumes"]
    assert nginx["entrypoint"] == ["/bin/sh", "/start_nginx"]


@pytest.mark.parametrize(
    ("resolv_conf", "expected"),
    [
        ("nameserver 127.0.0.11\noptions ndots:0\n", "127.0.0.11"),
        ("search dns.podman\nnameserver 10.89.2.1\nnameserver 192.0.2.1\n", "10.89.2.1"),
    ],
)
def test_nginx_takes_the_name_server_of_the_container_engine(tmp_path, resolv_conf, expected):
    (tmp_path / "resolv.conf").write_text(resolv_conf)
    (line,) = re.findall(r"(?m)^awk .*$", (ROOT / "deploy/containers/start_nginx").read_text())
    line = line.replace("/etc/", f"{tmp_path}/").replace("/run/", f"{tmp_path}/")
    subprocess.run(["sh", "-c", line], check=True)
    resolver = (tmp_path / "resolver.conf").read_text()
    assert resolver == f"resolver {expected} valid=2s ipv6=off;\n"


def test_containers_do_what_the_timers_of_systemd_do():
    """Each timer has its service, with the same period and, within it, the same moment (UTC)."""
    services = yaml.safe_load((ROOT / "compose.yaml").read_text())["services"]
    seen = {}
    for service in services.values():
        command = service.get("command")
        if isinstance(command, list) and command[:1] == ["deploy/containers/timer"]:
            period, offset, *rest = [part for part in command[1:] if part != "--now"]
            task = rest[2] if rest[0] == "python" else rest[0]
            seen[task] = (int(period), int(offset))
    monday = 4 * 86400  # since 1 January 1970, a Thursday
    expected = {
        "*:0/5": (300, 0),
        "*:0/15": (900, 0),
        "*-*-* 02:30:00": (86400, 9000),
        "*-*-* 03:30:00": (86400, 12600),
        "Mon *-*-* 04:00:00": (604800, monday + 14400),
    }
    timers = {}
    for path in (ROOT / "deploy" / "systemd").glob("*.timer"):
        (moment,) = re.findall(r"(?m)^OnCalendar=(.*)$", path.read_text())
        name = path.stem.removeprefix("vitale-")
        timers["find" if name == "mirror-age" else name] = expected[moment]
    assert seen == timers
    age = (ROOT / "deploy/systemd/vitale-mirror-age.service").read_text()
    assert " ".join(services["mirror-age"]["command"][5:]) in age


def test_a_timer_runs_its_command_again_after_a_failure_and_ends_when_it_is_told_to(tmp_path):
    log = tmp_path / "log"
    command = ["1", "0", "sh", "-c", f"echo ran >> {log}; exit 1"]
    with subprocess.Popen(
        ["sh", ROOT / "deploy/containers/timer", "--now", *command], stderr=subprocess.PIPE
    ) as timer:
        wait_for(lambda: log.exists() and log.read_text().count("ran") > 1, 20)
        timer.terminate()
        _output, errors = timer.communicate(timeout=5)
    assert timer.returncode == 0
    assert b"tried again next time" in errors


def test_what_containers_write_belongs_to_the_user_that_writes_it():
    """A new volume takes the owner and mode of the folder that the image has in its place."""
    compose = yaml.safe_load((ROOT / "compose.yaml").read_text())
    image = (ROOT / "Dockerfile").read_text().split("FROM ")[-1]
    made = re.findall(r"install -d -o vitale -g vitale(?: -m 700)? ([^\\\n]+)", image)
    folders = {folder for line in made for folder in line.split()}
    for service in compose["services"].values():
        if service.get("image") == "vitale:latest":
            targets = {volume.split(":")[1] for volume in service.get("volumes", [])}
            assert targets <= folders
    assert "mirror" in compose["services"]["nginx"]["depends_on"]
    # An empty one Podman would give to nginx's user, which is root.
    assert "install -o vitale -g vitale -m 644 /dev/null /mirror/.keep" in image


def test_certificates_are_renewed_through_the_folder_that_nginx_sends():
    services = yaml.safe_load((ROOT / "compose.yaml").read_text())["services"]
    nginx, certbot = services["nginx"]["volumes"], services["certbot"]["volumes"]
    assert {"acme:/var/www/acme:ro", "certificates:/etc/letsencrypt:ro"} <= set(nginx)
    assert {"acme:/var/www/acme", "certificates:/etc/letsencrypt"} <= set(certbot)
    assert "root /var/www/acme;" in (ROOT / "deploy/nginx/servers.conf").read_text()


def test_the_containers_nginx_differs_in_nothing_but_where_things_are():
    own = (ROOT / "deploy/containers/machine.conf").read_text()
    shipped = (ROOT / "deploy/nginx/machine.conf").read_text()
    names = re.compile(r"(?m)^(?:map|upstream|proxy_cache_path|log_format|access_log) \S+ ?\S*")
    assert [line.split()[0] for line in names.findall(own)] == [
        line.split()[0] for line in names.findall(shipped)
    ]
