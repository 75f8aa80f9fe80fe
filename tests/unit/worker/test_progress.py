"""Progress and failures in the job's meta."""

import pytest
import redis
import structlog
from rq.job import Job

from shared.allowed_job import AllowedJob
from shared.contracts.jobs import BUILD_RELEASE
from shared.errors import SourceError
from shared.job_views import view_job
from shared.redis_client import connect
from worker.progress import JobReporter, tracked


@pytest.fixture
def job(redis_client: redis.Redis) -> Job:
    made = AllowedJob.create(
        BUILD_RELEASE.path, args=({"force": False},), connection=redis_client, serializer="json"
    )
    made.retries_left = 1
    return made


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def progress(job: Job) -> tuple[object, ...]:
    job.get_meta(refresh=True)
    view = view_job(job)
    return view.step, view.done, view.total, view.rate, view.eta_s


def test_progress_is_written_at_most_every_half_second(job: Job) -> None:
    clock = Clock()
    reporter = JobReporter(job, clock)
    reporter.begin("embed")
    assert progress(job) == ("embed", 0, 0, None, None)
    clock.now = 0.4
    reporter.advance(10, 100)
    assert progress(job) == ("embed", 0, 0, None, None)
    clock.now = 2.0
    reporter.advance(40, 100)
    assert progress(job) == ("embed", 40, 100, 20.0, 3.0)
    reporter.advance(100, 100)
    assert progress(job)[1:3] == (100, 100)


def test_seconds_are_kept_for_each_step(job: Job) -> None:
    with tracked(job) as reporter:
        reporter.begin("extract")
        reporter.end("extract", 1.23456)
    job.get_meta(refresh=True)
    assert view_job(job).seconds == {"extract": 1.235}


def test_each_attempt_counts_and_clears_what_the_last_one_left(job: Job) -> None:
    job.meta["progress"] = {"step": "extract", "done": 1, "total": 2}
    with pytest.raises(OSError, match="disk"), tracked(job):
        raise OSError("disk")
    job.get_meta(refresh=True)
    assert job.meta["error"] == {"code": "internal_error", "message": "OSError: disk"}
    assert job.retries_left == 1
    with tracked(job):
        assert "error" not in job.meta
        assert "progress" not in job.meta
    assert job.meta["attempts"] == 2


@pytest.mark.parametrize("error", [SourceError("credits.csv is empty"), OSError("disk")])
def test_only_what_nobody_expected_is_logged_with_its_traceback(
    job: Job, error: Exception
) -> None:
    with (
        structlog.testing.capture_logs() as events,
        pytest.raises(type(error)),
        tracked(job),
    ):
        raise error
    (event,) = events
    assert event["event"] == "job_failed"
    assert event["exc_info"] is (None if isinstance(error, SourceError) else error)


def test_a_failure_that_would_repeat_itself_is_not_retried(job: Job) -> None:
    with pytest.raises(SourceError), tracked(job):
        raise SourceError("credits.csv is empty")
    assert job.retries_left == 0
    job.get_meta(refresh=True)
    assert job.meta["error"] == {"code": "source_invalid", "message": "credits.csv is empty"}


def test_progress_that_cannot_be_written_stops_nothing(job: Job) -> None:
    job.connection = connect("redis://127.0.0.1:1/0", timeout_s=0.2)
    reporter = JobReporter(job)
    reporter.begin("embed")
    reporter.advance(1, 1)
