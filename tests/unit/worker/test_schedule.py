"""The schedule: when RQ's cron asks, whatever the clock does."""

import datetime as dt
import threading
import time
from itertools import pairwise

import pytest
import redis
import structlog

from shared.errors import JobConflictError, SettingsError, StoreUnavailableError
from worker import schedule
from worker.schedule import ScheduledBuild, require_cron, scheduled
from worker.settings import read_worker_settings

HOURLY = "0 * * * *"
START = dt.datetime(2026, 3, 4, 5, 30, tzinfo=dt.UTC)


class Clock:
    """What RQ and the schedule take for the time."""

    def __init__(self) -> None:
        self.at = START

    def now(self) -> dt.datetime:
        return self.at

    def move(self, **by: float) -> None:
        self.at += dt.timedelta(**by)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """The wall clock is what the machine says, so both modules are given another one."""
    made = Clock()
    monkeypatch.setattr(schedule, "now", made.now)
    monkeypatch.setattr("rq.cron.now", made.now)
    return made


def turns(build: ScheduledBuild, clock: Clock, client: redis.Redis, looks: int = 3) -> int:
    """How often it runs in a few looks, as RQ's scheduler looks."""
    ran = 0
    for _ in range(looks):
        if build.should_run():
            build.enqueue(client)
            build.set_enqueue_time(clock.at)
            ran += 1
    return ran


def test_each_turn_asks_once_and_names_its_time(clock: Clock, redis_client: redis.Redis) -> None:
    asked: list[str] = []
    build = ScheduledBuild(HOURLY, asked.append)
    assert turns(build, clock, redis_client) == 0
    clock.move(minutes=30)
    assert turns(build, clock, redis_client) == 1
    clock.move(minutes=59)
    assert turns(build, clock, redis_client) == 0
    clock.move(minutes=1)
    assert turns(build, clock, redis_client) == 1
    assert asked == [f"{(START + dt.timedelta(minutes=m)).timestamp():.0f}" for m in (30, 90)]


def test_a_clock_set_forward_by_a_year_makes_one_turn_due(
    clock: Clock, redis_client: redis.Redis
) -> None:
    build = ScheduledBuild(HOURLY, lambda _: None)
    clock.move(days=365)
    assert turns(build, clock, redis_client, looks=50) == 1
    clock.move(hours=1)
    assert turns(build, clock, redis_client) == 1


@pytest.mark.parametrize("has_run", [True, False])
def test_a_clock_set_back_neither_storms_nor_waits_until_it_has_caught_up(
    clock: Clock, redis_client: redis.Redis, *, has_run: bool
) -> None:
    build = ScheduledBuild(HOURLY, lambda _: None)
    if has_run:
        clock.move(minutes=30)
        assert turns(build, clock, redis_client) == 1
    clock.move(days=-30)
    assert turns(build, clock, redis_client, looks=50) == 0
    clock.move(hours=1)
    assert turns(build, clock, redis_client, looks=50) == 1


def test_a_turn_that_could_not_be_asked_for_stays_due(
    clock: Clock, redis_client: redis.Redis
) -> None:
    fails = [StoreUnavailableError("away")]

    def ask(_: str) -> None:
        if fails:
            raise fails.pop()

    build = ScheduledBuild(HOURLY, ask)
    clock.move(minutes=30)
    with pytest.raises(StoreUnavailableError):
        turns(build, clock, redis_client)
    assert turns(build, clock, redis_client) == 1


def test_the_thread_asks_survives_failures_and_ends(
    clock: Clock, redis_client: redis.Redis
) -> None:
    asked: list[str] = []
    done = threading.Event()

    def ask(due: str) -> None:
        asked.append(due)
        if len(asked) == 1:
            raise OSError("whatever it is")
        done.set()

    before = threading.active_count()
    with scheduled(HOURLY, redis_client, ask, tick_s=0.01):
        assert not done.wait(0.1)
        clock.move(hours=1)
        assert done.wait(5)
    assert len(set(asked)) == 1
    assert threading.active_count() == before


def test_a_turn_waits_for_the_build_of_another_source_and_says_so_once(
    clock: Clock, redis_client: redis.Redis
) -> None:
    looks, done = [0], threading.Event()

    def ask(_: str) -> None:
        looks[0] += 1
        if looks[0] <= 5:
            raise JobConflictError("build-1 is under way")
        done.set()

    with structlog.testing.capture_logs() as events:
        with scheduled(HOURLY, redis_client, ask, tick_s=0.01):
            clock.move(hours=1)
            assert done.wait(5)
        assert [event["event"] for event in events] == ["schedule_waits"]
    assert looks == [6]


def test_while_a_turn_waits_it_looks_less_often(clock: Clock, redis_client: redis.Redis) -> None:
    looks: list[float] = []

    def ask(_: str) -> None:
        looks.append(time.monotonic())
        raise JobConflictError("build-1 is under way")

    with scheduled(HOURLY, redis_client, ask, tick_s=0.02):
        clock.move(hours=1)
        time.sleep(0.8)
    assert all(after - before >= 0.2 for before, after in pairwise(looks))
    assert len(looks) >= 2


def test_without_a_schedule_nothing_runs(redis_client: redis.Redis) -> None:
    before = threading.active_count()
    with scheduled("", redis_client, lambda _: None):
        assert threading.active_count() == before


@pytest.mark.parametrize("text", ["30 4 * * *", "*/5 * * * 1-5", "0 0 1 jan mon"])
def test_a_crontab_line_is_taken(text: str) -> None:
    require_cron(text)
    assert read_worker_settings({"BUTACA_REBUILD_CRON": text}).rebuild_cron == text


@pytest.mark.parametrize(
    "text", ["daily", "@daily", "* * * *", "* * * * * *", "61 * * * *", "0 0 30 2 *", " "]
)
def test_what_is_no_crontab_line_stops_the_worker(text: str) -> None:
    with pytest.raises(SettingsError, match="BUTACA_REBUILD_CRON"):
        read_worker_settings({"BUTACA_REBUILD_CRON": text})


def test_no_schedule_is_no_fault() -> None:
    assert read_worker_settings({"BUTACA_REBUILD_CRON": ""}).rebuild_cron == ""
