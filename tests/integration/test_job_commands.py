"""`butaca jobs`, `job`, `cancel`, `retry` and `rebuild` against a gateway."""

import logging
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis
import structlog
from rq.job import JobStatus
from typer.testing import CliRunner

from cli.main import app
from services.gateway.app import create_app
from services.gateway.settings import GatewaySettings
from shared.allowed_job import AllowedJob
from shared.contracts.jobs import BuildPayload
from shared.queue import JobQueue
from shared.redis_client import connect
from shared.redis_keys import RedisKeys
from shared.releases.store import ReleaseStore
from tests.contract.upstreams import serving


class Desk:
    """The command line of an operator, and the queue that it acts on."""

    def __init__(self, url: str, key_file: Path, client: redis.Redis, queue: JobQueue) -> None:
        self.client = client
        self.queue = queue
        self._options = ["--url", url, "--key-file", str(key_file)]

    def say(self, *words: str, code: int = 0) -> str:
        done = CliRunner().invoke(app, [*words, *self._options], env={"COLUMNS": "200"})
        assert done.exit_code == code, done.output
        return done.output

    def end(self, job_id: str, status: JobStatus) -> None:
        AllowedJob.fetch(job_id, connection=self.client, serializer="json").set_status(status)


@pytest.fixture(autouse=True)
def _quiet() -> Iterator[None]:
    """The gateway runs in this process, and the commands' output is what is looked at."""
    before = structlog.get_config()
    structlog.configure(logger_factory=structlog.ReturnLoggerFactory())
    logging.disable()
    yield
    logging.disable(logging.NOTSET)
    structlog.configure(**before)


@pytest.fixture
def desk(redis_url: str, redis_keys: RedisKeys, tmp_path: Path) -> Iterator[Desk]:
    """A database of its own: RQ's keys have no namespace."""
    address = redis_url.rpartition("/")[0] + "/5"
    client = connect(address)
    client.flushdb()
    file = tmp_path / "admin.key"
    file.write_text("una-clave-larga")
    file.chmod(0o600)
    nowhere = "http://127.0.0.1:1"
    settings = GatewaySettings(
        queries_url=nowhere, recommender_url=nowhere, admin_key_file=file, ops_deadline_s=5
    )
    queue = JobQueue(client, redis_keys)
    with serving(create_app(settings, queue=queue, store=ReleaseStore(client, redis_keys))) as url:
        yield Desk(url, file, client, queue)
    client.flushdb()
    client.close()


def test_a_job_is_asked_for_listed_cancelled_and_tried_again(desk: Desk) -> None:
    assert desk.say("jobs") == "There was no job yet.\n"
    desk.queue.publish_sources(["nightly"])
    assert desk.say("rebuild", "--full", "--source", "nightly") == "build-1: queued\n"
    listed = desk.say("jobs")
    assert "build-1" in listed
    assert "full, source nightly" in listed
    assert desk.say("cancel", "build-1") == "build-1: canceled\n"
    assert "it is canceled" in desk.say("cancel", "build-1", code=1)
    assert desk.say("retry", "build-1") == "build-2: queued\n"
    assert "job_not_ended" in desk.say("retry", "build-2", code=1)
    assert "known: nightly" in desk.say("rebuild", "--source", "weekly", code=1)
    assert '"id": "build-2"' in desk.say("jobs", "--json")


def test_a_running_job_without_a_worker_is_said_to_be_stopped_later(desk: Desk) -> None:
    desk.queue.enqueue_build(BuildPayload())
    desk.end("build-1", JobStatus.STARTED)
    assert desk.say("cancel", "build-1") == "build-1: will be stopped by its worker\n"


def test_a_job_is_shown_with_its_log(desk: Desk) -> None:
    desk.say("rebuild")
    shown = desk.say("job", "build-1", "--log")
    assert shown.startswith("build build-1: queued\n")
    assert " info job_enqueued request_id=" in shown
    assert '"event": "job_enqueued"' in desk.say("job", "build-1", "--log", "--json")
    assert '"status": "queued"' in desk.say("job", "build-1", "--json")
    assert "There is no job build-9" in desk.say("job", "build-9", code=1)
    # It is an id, not a path.
    assert "route_not_found" in desk.say("job", "../keys", code=1)
    assert "There is no job .." in desk.say("job", "..", code=1)
    assert desk.say("job", "", code=1).startswith("butaca: An id is needed")


def test_who_is_given_a_job_that_was_there_is_told_so(desk: Desk) -> None:
    assert "build-1: queued" in desk.say("rebuild")
    said = desk.say("rebuild", "--force")
    assert "build-1: queued\n" in said
    assert "butaca: build-1 was asked for before, so nothing else was started. " in said
    assert "Not asked of it: --force.\n" in said
    desk.queue.publish_sources(["nightly"])
    assert "job_conflict" in desk.say("rebuild", "--source", "nightly", code=1)


def test_a_job_is_followed_to_its_end(desk: Desk) -> None:
    desk.say("rebuild")
    output: list[str] = []
    follower = threading.Thread(
        target=lambda: output.append(desk.say("job", "build-1", "--follow", code=1))
    )
    follower.start()
    time.sleep(1)
    assert output == []
    desk.end("build-1", JobStatus.FAILED)
    follower.join(10)
    assert "build build-1: queued" in output[0]
    assert "build build-1: failed · job_lost" in output[0]
    assert output[0].endswith("butaca: build-1 failed.\n")
    assert "job_lost" in desk.say("jobs")
    assert "There is no job build-9" in desk.say("job", "build-9", "--follow", code=1)
