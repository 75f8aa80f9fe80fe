"""A queue in a database of its own, and jobs that end as a test wants it."""

import uuid
from collections.abc import Iterator

import pytest
import redis
from rq.job import Job, JobStatus

from shared.allowed_job import AllowedJob
from shared.queue import JobQueue
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
