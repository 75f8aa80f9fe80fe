"""The queue: one build at a time, and how a job is shown."""

import datetime as dt
from concurrent.futures import ThreadPoolExecutor

import pytest
import redis
from rq import Callback, Queue
from rq.job import JobStatus

from shared.allowed_job import AllowedJob
from shared.contracts.jobs import BUILD_RELEASE, EVALUATE, BuildPayload, EvaluatePayload
from shared.errors import (
    JobForbiddenError,
    JobNotFoundError,
    SourceUnknownError,
    StoreUnavailableError,
)
from shared.job_views import view_job
from shared.queue import Asked, JobQueue
from shared.redis_client import connect
from shared.redis_keys import RedisKeys
from tests.unit.shared.queues import client, end, fetch, queue

__all__ = ["client", "queue"]


def test_a_build_is_queued_with_its_payload(queue: JobQueue) -> None:
    view, is_new = queue.enqueue_build(BuildPayload(force=True))
    assert (view.id, view.status, view.force, is_new) == ("build-1", "queued", True, True)
    assert queue.job("build-1") == queue.jobs()[0]


def test_while_one_build_runs_everybody_gets_that_one(queue: JobQueue) -> None:
    with ThreadPoolExecutor(8) as pool:
        views = list(pool.map(lambda _: queue.enqueue_build(BuildPayload()), range(16)))
    assert {view.id for view, _ in views} == {"build-1"}
    assert sum(is_new for _, is_new in views) == 1


@pytest.mark.parametrize("status", ["finished", "failed", "stopped", "canceled"])
def test_after_it_ended_the_next_one_may_start(
    queue: JobQueue, client: redis.Redis, status: str
) -> None:
    queue.enqueue_build(BuildPayload())
    end(client, "build-1", JobStatus(status))
    view, is_new = queue.enqueue_build(BuildPayload())
    assert (view.id, is_new) == ("build-2", True)
    assert [job.id for job in queue.jobs()] == ["build-2", "build-1"]


def test_a_build_and_an_evaluation_wait_side_by_side(queue: JobQueue) -> None:
    build, _ = queue.enqueue_build(BuildPayload(force=True))
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda _: queue.enqueue_evaluation(EvaluatePayload()), range(16)))
    assert {view.id for view, _ in found} == {"evaluate-1"}
    assert sum(is_new for _, is_new in found) == 1
    evaluation = queue.job("evaluate-1")
    assert (evaluation.name, evaluation.force, evaluation.status) == ("evaluate", False, "queued")
    assert queue.jobs() == [evaluation, build]
    assert queue.job("build-1").name == "build"


def test_each_kind_counts_by_itself_and_the_newest_comes_first(
    queue: JobQueue, client: redis.Redis
) -> None:
    queue.enqueue_evaluation(EvaluatePayload())
    end(client, "evaluate-1", JobStatus.FAILED)
    queue.enqueue_build(BuildPayload())
    view, is_new = queue.enqueue_evaluation(EvaluatePayload())
    assert (view.id, is_new) == ("evaluate-2", True)
    assert [job.id for job in queue.jobs()] == ["evaluate-2", "build-1", "evaluate-1"]


def test_both_kinds_share_one_worker(queue: JobQueue, client: redis.Redis) -> None:
    queue.enqueue_build(BuildPayload())
    queue.enqueue_evaluation(EvaluatePayload())
    waiting = Queue(BUILD_RELEASE.queue, connection=client, serializer="json")
    assert waiting.job_ids == ["build-1", "evaluate-1"]
    assert fetch(client, "evaluate-1").func_name == EVALUATE.path


def test_a_message_of_an_older_version_is_still_read(queue: JobQueue, client: redis.Redis) -> None:
    old = Queue(BUILD_RELEASE.queue, connection=client, serializer="json", job_class=AllowedJob)
    old.enqueue_call(BUILD_RELEASE.path, args=({"force": True},), job_id="build-1")
    assert (queue.job("build-1").name, queue.job("build-1").force) == ("build", True)
    view, is_new = queue.enqueue_build(BuildPayload())
    assert (view.id, is_new) == ("build-1", False)


@pytest.mark.parametrize("job_id", ["build-9", "evaluate-9", "evaluate", "other-1", "build-1x"])
def test_an_unknown_job_is_not_found(queue: JobQueue, job_id: str) -> None:
    assert queue.jobs() == []
    with pytest.raises(JobNotFoundError):
        queue.job(job_id)


def test_progress_seconds_and_error_are_shown(queue: JobQueue, client: redis.Redis) -> None:
    queue.enqueue_build(BuildPayload())
    job = fetch(client, "build-1")
    job.meta |= {
        "attempts": 2,
        "progress": {"step": "embed", "done": 5, "total": 10, "rate": 2.5, "eta_s": 2.0},
        "seconds": {"extract": 1.5},
        "error": {"code": "source_invalid", "message": "bad"},
    }
    view = view_job(job)
    assert (view.step, view.done, view.total, view.rate, view.eta_s) == ("embed", 5, 10, 2.5, 2.0)
    assert (view.attempts, view.seconds, view.error) == (2, {"extract": 1.5}, None)
    job.set_status(JobStatus.FAILED)
    failed = view_job(job).error
    assert failed is not None
    assert failed.code == "source_invalid"


def test_a_failure_without_a_reason_is_a_lost_job(queue: JobQueue, client: redis.Redis) -> None:
    queue.enqueue_build(BuildPayload())
    end(client, "build-1", JobStatus.FAILED)
    error = queue.job("build-1").error
    assert error is not None
    assert error.code == "job_lost"
    assert "ended each time before it could say why" in error.message


@pytest.mark.parametrize(("attempts", "words"), [(1, "ended once before"), (4, "ended 4 times")])
def test_a_lost_job_tells_how_often_it_was_tried_and_where_to_look(
    queue: JobQueue, client: redis.Redis, attempts: int, words: str
) -> None:
    queue.enqueue_build(BuildPayload())
    job = fetch(client, "build-1")
    job.meta["attempts"] = attempts
    job.set_status(JobStatus.FAILED)
    error = view_job(job).error
    assert error is not None
    assert words in error.message
    assert "see the log of the job, and that of the worker" in error.message


@pytest.mark.parametrize("status", ["failed", "stopped", "canceled"])
def test_a_job_has_an_end_only_once_it_has_ended(
    queue: JobQueue, client: redis.Redis, status: str
) -> None:
    queue.enqueue_build(BuildPayload())
    end(client, "build-1", JobStatus(status))
    ended = queue.job("build-1").ended_at
    assert ended is not None
    assert abs((dt.datetime.now(dt.UTC) - ended).total_seconds()) < 10
    # As when a worker that was lost has left the end of an attempt, and the next one begins.
    for later in (JobStatus.QUEUED, JobStatus.STARTED):
        end(client, "build-1", later)
        assert queue.job("build-1").ended_at is None


def test_a_queued_job_that_is_cancelled_has_an_end(queue: JobQueue) -> None:
    queue.enqueue_build(BuildPayload())
    assert queue.cancel("build-1").ended_at is not None


def test_a_source_must_be_one_that_the_worker_named(queue: JobQueue, client: redis.Redis) -> None:
    # No worker has said yet what it knows.
    view, _ = queue.enqueue_build(BuildPayload(source="nightly"))
    assert view.source == "nightly"
    end(client, view.id, JobStatus.FINISHED)
    queue.publish_sources(["nightly", "weekly"])
    assert queue.enqueue_build(BuildPayload(source="weekly"))[0].source == "weekly"
    with pytest.raises(SourceUnknownError, match=r"no source other; known: nightly, weekly"):
        queue.enqueue_build(BuildPayload(source="other"))
    queue.publish_sources([])
    with pytest.raises(SourceUnknownError, match="known: none"):
        queue.enqueue_build(BuildPayload(source="weekly"))


def test_the_last_hundred_jobs_of_all_kinds_are_kept_and_no_id_comes_twice(
    queue: JobQueue, client: redis.Redis
) -> None:
    queue.enqueue_evaluation(EvaluatePayload())
    end(client, "evaluate-1", JobStatus.FINISHED)
    for number in range(1, 102):
        queue.enqueue_build(BuildPayload())
        if number < 101:
            end(client, f"build-{number}", JobStatus.CANCELED)
    ids = [job.id for job in queue.jobs()]
    assert ids == [f"build-{number}" for number in range(101, 1, -1)]
    for gone in ("evaluate-1", "build-1"):
        with pytest.raises(JobNotFoundError):
            queue.job(gone)
        assert client.keys(f"*job:log:{gone}") == []
    assert len(client.keys("rq:job:build-*")) == 100
    assert len(client.keys("*job:log:build-*")) == 100
    # Forgotten, yet its number is not given again.
    assert queue.enqueue_evaluation(EvaluatePayload())[0].id == "evaluate-2"


def test_the_log_of_a_job_tells_who_asked_for_what(queue: JobQueue) -> None:
    queue.enqueue_build(BuildPayload(), Asked("request-1"))
    queue.cancel("build-1", Asked("request-2"))
    events = queue.log("build-1", 10)
    assert [(each.event, each.fields) for each in events] == [
        ("job_enqueued", {"request_id": "request-1"}),
        ("job_cancel_requested", {"request_id": "request-2"}),
    ]
    assert queue.log("build-1", 1) == events[1:]
    with pytest.raises(JobNotFoundError):
        queue.log("build-2", 10)


def test_only_allowed_functions_are_handed_out(client: redis.Redis) -> None:
    queue = Queue("q", connection=client, serializer="json", job_class=AllowedJob)
    evil = queue.enqueue_call("os.system", args=("true",))
    with pytest.raises(JobForbiddenError, match=r"os\.system"):
        _ = evil.func
    called_back = queue.enqueue_call(BUILD_RELEASE.path, on_success=Callback("os.getcwd"))
    with pytest.raises(JobForbiddenError):
        _ = called_back.func


def test_a_dead_server_is_our_error() -> None:
    queue = JobQueue(connect("redis://127.0.0.1:1/0", timeout_s=0.2), RedisKeys())
    for call in (
        queue.jobs,
        lambda: queue.job("build-1"),
        lambda: queue.enqueue_build(BuildPayload()),
        lambda: queue.enqueue_build(BuildPayload(source="x"), Asked(key="monday")),
        lambda: queue.enqueue_evaluation(EvaluatePayload()),
        lambda: queue.cancel("build-1"),
        lambda: queue.retry("build-1"),
        lambda: queue.log("build-1", 1),
        lambda: queue.publish_sources([]),
    ):
        with pytest.raises(StoreUnavailableError):
            call()
