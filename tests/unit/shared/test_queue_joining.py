"""Who is given the job that is under way, and what an idempotency key stands for."""

from concurrent.futures import ThreadPoolExecutor

import pytest
import redis
from rq.job import JobStatus

from shared.contracts.jobs import BuildPayload, EvaluatePayload
from shared.errors import IdempotencyConflictError, JobConflictError
from shared.queue import Asked, JobQueue
from tests.unit.shared.queues import client, end, fetch, queue

__all__ = ["client", "queue"]


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
