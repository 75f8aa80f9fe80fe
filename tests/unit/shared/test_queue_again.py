"""Jobs that are cancelled, and tried again."""

import pytest
import redis
from rq import Queue
from rq.job import JobStatus

from shared.contracts.jobs import BUILD_RELEASE, BuildPayload, EvaluatePayload
from shared.errors import JobConflictError, JobEndedError, JobNotEndedError
from shared.queue import Asked, JobQueue
from tests.unit.shared.queues import client, end, queue

__all__ = ["client", "queue"]


def test_a_job_is_not_tried_again_while_another_kind_of_build_is_under_way(
    queue: JobQueue, client: redis.Redis
) -> None:
    queue.enqueue_build(BuildPayload(source="nightly"))
    end(client, "build-1", JobStatus.FAILED)
    queue.enqueue_build(BuildPayload())
    with pytest.raises(JobConflictError, match="it builds the worker's own folder"):
        queue.retry("build-1")


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
