"""The queue: one build at a time, and how a job is shown."""

import datetime as dt
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
import redis
from rq import Callback, Queue
from rq.job import Job, JobStatus

from shared.allowed_job import AllowedJob
from shared.contracts.jobs import BUILD_RELEASE, EVALUATE, BuildPayload, EvaluatePayload
from shared.errors import (
    IdempotencyConflictError,
    JobConflictError,
    JobEndedError,
    JobForbiddenError,
    JobNotEndedError,
    JobNotFoundError,
    SourceUnknownError,
    StoreUnavailableError,
)
from shared.job_views import view_job
from shared.queue import Asked, JobQueue
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


def test_who_joins_a_job_is_told_and_who_started_it_is_not(
    queue: JobQueue, client: redis.Redis
) -> None:
    assert not queue.enqueue_build(BuildPayload(), Asked(key="mine"))[0].joined
    assert queue.enqueue_build(BuildPayload(force=True))[0].joined
    assert queue.enqueue_build(BuildPayload(), Asked(key="yours"))[0].joined
    assert not queue.enqueue_build(BuildPayload(), Asked(key="mine"))[0].joined
    end(client, "build-1", JobStatus.FAILED)
    assert not queue.retry("build-1")[0].joined
    assert queue.retry("build-1")[0].joined
    assert not queue.job("build-2").joined


@pytest.mark.parametrize(
    ("running", "wanted"),
    [
        (BuildPayload(), BuildPayload(full=True)),
        (BuildPayload(), BuildPayload(source="nightly")),
        (BuildPayload(source="nightly"), BuildPayload()),
        (BuildPayload(source="nightly", full=True), BuildPayload(source="weekly", full=True)),
    ],
)
def test_a_build_that_would_not_give_what_is_asked_for_is_not_joined(
    queue: JobQueue, client: redis.Redis, running: BuildPayload, wanted: BuildPayload
) -> None:
    queue.enqueue_build(running)
    for asked in (Asked(), Asked(key="monday")):
        with pytest.raises(JobConflictError, match="build-1 is under way") as caught:
            queue.enqueue_build(wanted, asked)
        assert caught.value.details == {"job_id": "build-1"}
    # The key stands for nothing yet.
    end(client, "build-1", JobStatus.FINISHED)
    view, is_new = queue.enqueue_build(wanted, Asked(key="monday"))
    assert (view.id, is_new, view.full) == ("build-2", True, wanted.full)


def test_a_full_build_gives_all_that_another_one_would(queue: JobQueue) -> None:
    queue.enqueue_build(BuildPayload(full=True))
    assert queue.enqueue_build(BuildPayload())[0].joined


def test_a_key_finds_its_job_whatever_else_is_under_way(
    queue: JobQueue, client: redis.Redis
) -> None:
    mine = BuildPayload(full=True)
    queue.enqueue_build(mine, Asked(key="monday"))
    end(client, "build-1", JobStatus.FINISHED)
    queue.enqueue_build(BuildPayload())
    view, is_new = queue.enqueue_build(mine, Asked(key="monday"))
    assert (view.id, view.status, is_new) == ("build-1", "finished", False)
    with pytest.raises(JobConflictError):
        queue.enqueue_build(mine)


def test_a_job_is_not_tried_again_while_another_kind_of_build_is_under_way(
    queue: JobQueue, client: redis.Redis
) -> None:
    queue.enqueue_build(BuildPayload(source="nightly"))
    end(client, "build-1", JobStatus.FAILED)
    queue.enqueue_build(BuildPayload())
    with pytest.raises(JobConflictError, match="it builds the worker's own folder"):
        queue.retry("build-1")


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


def test_a_queued_job_is_cancelled_at_once_and_the_next_may_start(
    queue: JobQueue, client: redis.Redis
) -> None:
    queue.enqueue_build(BuildPayload())
    assert queue.cancel("build-1").status == "canceled"
    assert Queue(BUILD_RELEASE.queue, connection=client, serializer="json").job_ids == []
    with pytest.raises(JobEndedError, match="it is canceled"):
        queue.cancel("build-1")
    view, is_new = queue.enqueue_build(BuildPayload())
    assert (view.id, view.status, is_new) == ("build-2", "queued", True)


@pytest.mark.parametrize("status", ["finished", "failed", "stopped"])
def test_what_has_ended_cannot_be_cancelled(
    queue: JobQueue, client: redis.Redis, status: str
) -> None:
    queue.enqueue_build(BuildPayload())
    end(client, "build-1", JobStatus(status))
    with pytest.raises(JobEndedError):
        queue.cancel("build-1")


def test_a_running_job_without_a_worker_is_marked_for_the_next_one(
    queue: JobQueue, client: redis.Redis
) -> None:
    queue.enqueue_build(BuildPayload())
    end(client, "build-1", JobStatus.STARTED)
    assert queue.cancel("build-1").status == "started"
    (key,) = client.keys("*job:cancel:build-1")
    assert client.ttl(key) > 6 * 24 * 3600


@pytest.mark.parametrize("status", ["failed", "stopped", "canceled"])
def test_what_broke_off_may_be_tried_again(
    queue: JobQueue, client: redis.Redis, status: str
) -> None:
    queue.enqueue_build(BuildPayload(full=True, source="nightly", cause="schedule"))
    end(client, "build-1", JobStatus(status))
    view, is_new = queue.retry("build-1", Asked("request-7", caller="ab12"))
    assert (view.id, is_new, view.status) == ("build-2", True, "queued")
    assert (view.full, view.source, view.cause) == (True, "nightly", "operator")
    assert (view.request_id, view.asked_by) == ("request-7", "ab12")
    again, is_new = queue.retry("build-1")
    assert (again.id, is_new) == ("build-2", False)


@pytest.mark.parametrize("status", ["queued", "started", "finished"])
def test_what_has_not_failed_is_not_tried_again(
    queue: JobQueue, client: redis.Redis, status: str
) -> None:
    queue.enqueue_evaluation(EvaluatePayload())
    end(client, "evaluate-1", JobStatus(status))
    with pytest.raises(JobNotEndedError, match=f"is {status}"):
        queue.retry("evaluate-1")


def test_an_evaluation_may_be_tried_again(queue: JobQueue, client: redis.Redis) -> None:
    queue.enqueue_evaluation(EvaluatePayload())
    end(client, "evaluate-1", JobStatus.FAILED)
    assert queue.retry("evaluate-1")[0].id == "evaluate-2"


def test_one_key_is_one_job_even_after_it_ended(queue: JobQueue, client: redis.Redis) -> None:
    first, is_new = queue.enqueue_build(BuildPayload(force=True), Asked(key="monday"))
    assert (first.id, is_new) == ("build-1", True)
    for status in (JobStatus.STARTED, JobStatus.FINISHED, JobStatus.FAILED):
        end(client, "build-1", status)
        view, is_new = queue.enqueue_build(BuildPayload(force=True), Asked(key="monday"))
        assert (view.id, view.status, is_new) == ("build-1", status.value, False)
    assert queue.enqueue_build(BuildPayload(force=True), Asked(key="tuesday"))[0].id == "build-2"
    (claim, _) = client.keys("*job:idempotency:*")
    assert 23 * 3600 < client.ttl(claim) <= 24 * 3600


def test_one_key_with_another_request_is_a_conflict(queue: JobQueue) -> None:
    queue.enqueue_build(BuildPayload(), Asked(key="monday"))
    with pytest.raises(IdempotencyConflictError):
        queue.enqueue_build(BuildPayload(force=True), Asked(key="monday"))
    with pytest.raises(IdempotencyConflictError):
        queue.enqueue_evaluation(EvaluatePayload(), Asked(key="monday"))
    assert [job.id for job in queue.jobs()] == ["build-1"]


def test_a_key_finds_the_job_that_somebody_else_had_started(queue: JobQueue) -> None:
    queue.enqueue_build(BuildPayload())
    view, is_new = queue.enqueue_build(BuildPayload(force=True), Asked(key="monday"))
    assert (view.id, view.force, is_new) == ("build-1", False, False)


def test_sixty_four_callers_with_one_key_get_one_job(queue: JobQueue, client: redis.Redis) -> None:
    queue.enqueue_build(BuildPayload())
    end(client, "build-1", JobStatus.FAILED)
    with ThreadPoolExecutor(64) as pool:
        found = list(
            pool.map(lambda _: queue.enqueue_build(BuildPayload(), Asked(key="monday")), range(64))
        )
    assert {view.id for view, _ in found} == {"build-2"}
    assert sum(is_new for _, is_new in found) == 1


def test_a_caller_that_died_before_its_job_was_queued_left_nothing_undone(
    queue: JobQueue, client: redis.Redis
) -> None:
    queue.enqueue_build(BuildPayload(), Asked(key="monday"))
    fetch(client, "build-1").delete()
    view, is_new = queue.enqueue_build(BuildPayload(), Asked(key="monday"))
    assert (view.id, is_new) == ("build-1", True)


def test_a_key_never_stands_for_what_somebody_else_had_made_meanwhile(
    queue: JobQueue, client: redis.Redis
) -> None:
    mine = BuildPayload(force=True)
    queue.enqueue_build(mine, Asked(key="monday"))
    queue.enqueue_build(mine, Asked(key="tuesday"))
    fetch(client, "build-1").delete()  # as if its caller had died before it was queued
    queue.enqueue_build(BuildPayload())
    # While it runs it is the answer, and from then on what that key stands for.
    assert queue.enqueue_build(mine, Asked(key="tuesday"))[0].force is False
    end(client, "build-1", JobStatus.FINISHED)
    assert queue.enqueue_build(mine, Asked(key="tuesday"))[0].id == "build-1"
    view, is_new = queue.enqueue_build(mine, Asked(key="monday"))
    assert (view.id, view.force, is_new) == ("build-2", True, True)


def test_a_key_whose_job_is_forgotten_starts_anew(queue: JobQueue, client: redis.Redis) -> None:
    queue.enqueue_build(BuildPayload(), Asked(key="monday"))
    end(client, "build-1", JobStatus.FINISHED)
    queue.enqueue_build(BuildPayload())
    end(client, "build-2", JobStatus.FINISHED)
    fetch(client, "build-1").delete()
    view, is_new = queue.enqueue_build(BuildPayload(), Asked(key="monday"))
    assert (view.id, is_new) == ("build-3", True)
    assert queue.enqueue_build(BuildPayload(), Asked(key="monday")) == (view, False)


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
