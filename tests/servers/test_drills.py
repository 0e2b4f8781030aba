"""What drills try holds with small numbers; `make drills` has those that were promised.

Saves under kill -9 are in tests/servers/test_crash.py, backups of PostgreSQL in tests/servers/test_postgresql.py.
"""

import sys
from types import ModuleType

import pytest

import drills
from drills import __main__ as runner
from drills import _guide, backups, containers, imports, one_machine
from drills._sites import Site, on_sqlite
from tests.support import measurements, servers
from tests.support.measurements import Measurement, NotShown

pytestmark = pytest.mark.servers

GUIDE = _guide.GUIDE.read_text(encoding="utf-8")


def failing(measured):
    """Return those that do not hold, of measurements that there have to be."""
    results = list(measured)
    assert results
    return [one for one in results if one.holds is not True]


@pytest.fixture(scope="module", autouse=True)
def _statics():
    servers.collect_statics()


def test_a_load_that_is_killed_leaves_nothing_partial():
    with on_sqlite(loaded=False) as site:
        assert failing(imports.killed(site, 2)) == []


def test_a_site_that_runs_is_brought_back_row_by_row(tmp_path_factory):
    site = Site("SQLite", {"VAR_DIR": str(servers.site_folder(tmp_path_factory))})
    assert failing(backups.comes_back(site)) == []


@pytest.fixture
def run_drill(monkeypatch, capsys):
    """Run one drill, given as what it yields; return the exit code and what was printed."""

    def run(steps):
        drill = ModuleType("drills.sample")
        vars(drill).update(ABOUT="a sample", run=steps)
        monkeypatch.setitem(sys.modules, "drills.sample", drill)
        monkeypatch.setattr(measurements, "names", lambda package: ["sample"])
        return runner.main(["sample"]), capsys.readouterr().out

    monkeypatch.setattr("drills.__main__.signal.signal", lambda *handler: None)
    return run


def test_a_drill_that_lacks_a_program_is_not_shown_and_never_held(run_drill):
    def steps():
        measurements.require("python-of-nowhere", "sh")
        yield Measurement("a promise", "as it should", "as it should", holds=True)

    code, output = run_drill(steps)
    assert code == 3
    assert "  not shown this drill: not installed: python-of-nowhere" in output
    assert output.endswith("0 hold, 0 fail, 1 not shown here.\n")


def test_what_was_measured_before_it_was_not_shown_counts(run_drill):
    def steps(holds):
        yield Measurement("a promise", "something", "something", holds=holds)
        raise NotShown("no network")

    code, output = run_drill(lambda: steps(holds=True))
    assert code == 0
    assert output.endswith("1 hold, 0 fail, 1 not shown here.\n")
    code, output = run_drill(lambda: steps(holds=False))
    assert code == 1
    assert output.endswith("0 hold, 1 fail, 1 not shown here.\n")


@pytest.mark.parametrize("name", ["crowd", "deploys", "machines"])
def test_without_nginx_one_line_says_so_and_nothing_is_started(monkeypatch, capsys, name):
    which = measurements.shutil.which
    monkeypatch.setattr(
        measurements.shutil,
        "which",
        lambda program, **options: None if program == "nginx" else which(program, **options),
    )
    monkeypatch.setattr(servers, "postgresql_programs", lambda: "/nowhere")
    results = measurements.run(drills, [name], runner.WORDS)
    assert results
    (result,) = results[name]
    assert result.holds is None
    assert "nginx" in result.actual
    assert "\n  not shown this drill: not installed: " in capsys.readouterr().out


def test_the_guide_for_one_machine_has_the_lines_that_the_drill_runs():
    packages, settings, units, release, start, nginx, renewal = one_machine.guide_blocks(GUIDE)
    assert packages.startswith("apt-get install --yes --quiet nginx-light python3-venv ")
    assert "SECRET_KEY=of-a-drill-" in one_machine.settings_lines(settings)
    assert "/etc/systemd/system/" in units
    assert "RELOAD=true deploy/release ." in release
    assert start.startswith("systemctl enable --now vitale.socket ")
    assert "install -d /var/cache/nginx" in nginx
    assert "--deploy-hook 'systemctl reload nginx'" in renewal
    with pytest.raises(AssertionError, match="no longer says"):
        one_machine.guide_blocks("## One machine\n\n    apt install x\n\n### A new release\n")


def test_the_guide_for_containers_has_the_lines_that_the_drill_runs():
    certificate, start, version = containers.guide_blocks(GUIDE)
    assert certificate.startswith("docker-compose run --rm --no-deps --publish 80:80 ")
    assert start.startswith("docker-compose up --no-build --pull never --detach\n")
    assert "--force-recreate two" in version


def test_every_image_of_others_has_something_that_stands_for_it():
    images = containers.base_images()
    assert "docker.io/library/python:3.13-slim-bookworm" in images["application"]
    assert "docker.io/library/nginx:1.28-bookworm" in images["nginx"]
    assert sum(map(len, images.values())) == 5


@pytest.mark.parametrize("drill", [one_machine, containers])
def test_without_debootstrap_a_drill_of_the_guide_is_not_shown(run_drill, monkeypatch, drill):
    monkeypatch.setenv("PATH", "/nowhere")
    monkeypatch.setattr("drills._debian.os.geteuid", lambda: 0)
    monkeypatch.setattr("tests.support.measurements.shutil.which", lambda *_a, **_b: None)
    code, output = run_drill(drill.run)
    assert code == 3
    assert "not shown this drill: not installed: debootstrap, unshare, chroot" in output
