"""The queue: one build at a time, and how a job is shown."""

import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
import redis
from rq import Callback, Queue
from rq.job import Job, JobStatus

from shared.contracts.jobs import BUILD_RELEASE, EVALUATE, BuildPayload, EvaluatePayload
from shared.errors import JobForbiddenError, JobNotFoundError, StoreUnavailableError
from shared.queue import AllowedJob, JobQueue, view_job
from shared.redis_client import connect
from shared.redis_keys import RedisKeys


@pytest.fixture
def client(redis_url: str) -> Iterator[redis.Redis]:
    """A database of its own: RQ's keys have no namespace."""
    client = connect(redis_url.rpartition("/")[0] + "/8")
    client.flushdb()
    yield client
    client.flushdb()
    client.close()


@pytest.fixture
def queue(client: redis.Redis) -> JobQueue:
    return JobQueue(client, RedisKeys(uuid.uuid4().hex))


def fetch(client: redis.Redis, job_id: str) -> Job:
    return AllowedJob.fetch(job_id, connection=client, serializer="json")


def end(client: redis.Redis, job_id: str, status: JobStatus) -> None:
    fetch(client, job_id).set_status(status)


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
        lambda: queue.enqueue_evaluation(EvaluatePayload()),
    ):
        with pytest.raises(StoreUnavailableError):
            call()
