"""A clock that is set is noticed, logged once and said by /readyz for an hour."""

import datetime

import pytest

from rollout.caching import clock
from rollout.caching.clock import ClockMonitor
from site_config import health


class Clocks:
    """A clock that can be set, and one that cannot."""

    def __init__(self):
        self.wall = datetime.datetime(2026, 11, 29, 22, 0, tzinfo=datetime.UTC).timestamp()
        self.steady = 1000.0
        self.monitor = ClockMonitor(lambda: self.wall, lambda: self.steady)

    def go_on(self, seconds):
        self.wall += seconds
        self.steady += seconds
        self.monitor.check()


@pytest.fixture
def clocks(monkeypatch):
    clocks = Clocks()
    monkeypatch.setattr(clock, "monitor", clocks.monitor)
    return clocks


@pytest.mark.parametrize(
    ("seconds", "notice"),
    [
        (-3, "was set by -3 s at 22:09:57 UTC"),
        (172800, "was set by +172800 s at 22:10:00 UTC"),
        (0.3, "ok"),
        (0, "ok"),
    ],
)
def test_readyz_says_by_how_much_and_when(clocks, caplog, seconds, notice):
    clocks.go_on(600)
    clocks.wall += seconds
    clocks.go_on(0)
    clocks.go_on(1)
    assert health._clock() == notice
    assert caplog.text.count("The clock was set by") == (notice != "ok")


def test_after_an_hour_it_is_no_longer_said(clocks):
    clocks.wall -= 86400
    clocks.go_on(0)
    clocks.go_on(3599)
    assert health._clock() != "ok"
    clocks.go_on(2)
    assert health._clock() == "ok"


def test_a_clock_that_goes_on_is_never_said_to_be_set(clocks):
    for _ in range(100):
        clocks.go_on(86400)
    assert health._clock() == "ok"
