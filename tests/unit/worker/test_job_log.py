"""What is logged about a job lands in its log."""

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis
import structlog

from shared.job_log import MAX_EVENTS, JobLogs
from shared.redis_client import connect
from shared.redis_keys import RedisKeys
from shared.telemetry import configure_logging, log
from worker.job_log import MAX_TEXT, kept_logs

JOB = "build-7"


@pytest.fixture(autouse=True)
def _logging() -> Iterator[None]:
    """Log as the worker does, and leave no trace of it to other tests."""
    before, root = structlog.get_config(), logging.getLogger()
    handlers, level = [*root.handlers], root.level
    configure_logging("worker")
    yield
    structlog.configure(**before)
    structlog.contextvars.clear_contextvars()
    root.handlers, root.level = handlers, level


@pytest.fixture
def logs(redis_client: redis.Redis, redis_keys: RedisKeys) -> JobLogs:
    return JobLogs(redis_client, redis_keys)


def test_events_of_a_job_are_kept_in_order_with_their_fields(logs: JobLogs) -> None:
    with kept_logs(logs), structlog.contextvars.bound_contextvars(request_id="r-1"):
        log().info("step", job=JOB, seconds=1.5, files=["a", "b"], place=Path("/in"))
        log().warning("other", reason="of no job")
        log().warning("late", job=JOB, reason=None)
    first, second = logs.tail(JOB, 10)
    assert (first.level, first.event) == ("info", "step")
    assert first.fields == {
        "seconds": 1.5,
        "files": ["a", "b"],
        "place": "/in",
        "request_id": "r-1",
    }
    assert (second.level, second.event) == ("warning", "late")
    assert second.fields == {"reason": None, "request_id": "r-1"}
    assert first.at <= second.at


def test_in_the_process_of_a_job_every_event_is_the_jobs(logs: JobLogs) -> None:
    with kept_logs(logs, JOB):
        log().info("anything")
    log().info("afterwards")
    assert [each.event for each in logs.tail(JOB, 10)] == ["anything"]


def test_what_is_still_to_be_printed_is_printed(
    logs: JobLogs, capsys: pytest.CaptureFixture[str]
) -> None:
    configure_logging("worker")
    with kept_logs(logs):
        log().info("printed", job=JOB)
    assert '"event": "printed"' in capsys.readouterr().out


def test_a_failure_is_kept_with_its_traceback_and_without_passwords(logs: JobLogs) -> None:
    error = OSError("rediss://user:hun@ter2@host/0 and https://token@host/x is away")
    with kept_logs(logs, JOB):
        log().error("failed", exc_info=error, address=["https://me:hunter2@host/"])
    (entry,) = logs.tail(JOB, 10)
    assert "OSError" in entry.fields["exception"]
    assert "ter2" not in str(entry)
    assert "token" not in str(entry)
    assert entry.fields["address"] == ["https://…@host/"]


def test_what_is_no_unicode_is_kept_as_far_as_it_is(logs: JobLogs) -> None:
    name = b"pel\xedculas.csv".decode("utf-8", "surrogateescape")
    with kept_logs(logs, JOB):
        log().info("read", file=name, files=[name])
    (entry,) = logs.tail(JOB, 10)
    assert entry.fields["file"] == "pel?culas.csv"
    assert "culas.csv" in str(entry.fields["files"])


def test_long_texts_and_huge_entries_are_cut(logs: JobLogs) -> None:
    with kept_logs(logs, JOB):
        log().info("long", text="x" * (MAX_TEXT + 1))
        log().info("huge", **{f"f{n}": "x" * MAX_TEXT for n in range(5)})
    long, huge = logs.tail(JOB, 10)
    assert len(long.fields["text"]) == MAX_TEXT
    assert huge.fields == {"cut": True}


def test_a_log_holds_the_last_thousand_and_expires(
    logs: JobLogs, redis_client: redis.Redis, redis_keys: RedisKeys
) -> None:
    with kept_logs(logs, JOB) as keeper:
        for number in range(MAX_EVENTS + 5):
            log().info("tick", number=number)
            if number == MAX_EVENTS - 1:
                keeper.flush()
    events = logs.tail(JOB, 2 * MAX_EVENTS)
    assert [each.fields["number"] for each in (events[0], events[-1])] == [5, MAX_EVENTS + 4]
    assert len(events) == MAX_EVENTS
    assert redis_client.ttl(redis_keys.job_log(JOB)) > 29 * 24 * 3600
    assert [each.fields["number"] for each in logs.tail(JOB, 2)] == [
        MAX_EVENTS + 3,
        MAX_EVENTS + 4,
    ]


def test_a_server_that_is_away_costs_the_lines_only() -> None:
    away = JobLogs(connect("redis://127.0.0.1:1/0", timeout_s=0.2), RedisKeys())
    with kept_logs(away, JOB) as keeper:
        log().info("lost")
        keeper.flush()
