"""Jobs over HTTP: cancel, retry, keys, logs and events, through every layer of the gateway."""

import asyncio
import contextlib
import json
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest
import redis
import structlog
from rq.job import Job, JobStatus

from services.gateway.app import create_app
from services.gateway.job_events import JobEvents
from services.gateway.ops import Ops
from services.gateway.settings import GatewaySettings
from shared.allowed_job import AllowedJob
from shared.contracts.jobs import BuildPayload, JobView
from shared.queue import JobQueue
from shared.redis_client import connect
from shared.redis_keys import RedisKeys
from shared.releases.store import ReleaseStore
from tests.contract.upstreams import serving

KEY = "una-clave-larga"
HEADERS = {"X-API-Key": KEY}


class Desk:
    """A gateway, its Redis, and the queue as the worker would see it."""

    def __init__(self, url: str, client: redis.Redis, keys: RedisKeys) -> None:
        self.url = f"{url}/v1/jobs"
        self.client = client
        self.keys = keys
        self.queue = JobQueue(client, keys)
        self._http = httpx.Client(headers=HEADERS, timeout=20)

    def close(self) -> None:
        self._http.close()

    def post(
        self, path: str = "", json: object = None, headers: dict[str, Any] | None = None
    ) -> httpx.Response:
        return self._http.post(f"{self.url}{path}", headers=headers, json=json)

    def get(self, path: str) -> httpx.Response:
        return self._http.get(f"{self.url}{path}")

    def rq(self, job_id: str) -> Job:
        return AllowedJob.fetch(job_id, connection=self.client, serializer="json")

    def end(self, job_id: str, status: JobStatus = JobStatus.FAILED) -> None:
        self.rq(job_id).set_status(status)

    def progress(self, job_id: str, done: int) -> None:
        job = self.rq(job_id)
        job.meta["progress"] = {"step": "embed", "done": done, "total": 10}
        job.save_meta()  # type: ignore[no-untyped-call]  # rq


@pytest.fixture
def desk(redis_url: str, redis_keys: RedisKeys, tmp_path: Path) -> Iterator[Desk]:
    """A database of its own: RQ's keys have no namespace."""
    address = redis_url.rpartition("/")[0] + "/7"
    client, own = connect(address), connect(address, timeout_s=0.4)
    client.flushdb()
    file = tmp_path / "admin.key"
    file.write_text(KEY)
    nowhere = "http://127.0.0.1:1"
    settings = GatewaySettings(
        queries_url=nowhere, recommender_url=nowhere, admin_key_file=file, max_watchers=3
    )
    store = ReleaseStore(own, redis_keys)
    with serving(create_app(settings, queue=JobQueue(own, redis_keys), store=store)) as url:
        desk = Desk(url, client, redis_keys)
        yield desk
        desk.close()
    client.flushdb()
    client.close()
    own.close()


class Listener:
    """Reads events in a thread, as a browser would."""

    def __init__(self, desk: Desk, job_id: str) -> None:
        self.events: list[tuple[str, Any]] = []
        self.headers: dict[str, str] = {}
        self.is_over = False
        self._client = httpx.Client(timeout=20, headers=HEADERS)
        self._url = f"{desk.url}/{job_id}/events"
        self._thread = threading.Thread(target=self._read)
        self._thread.start()

    def _read(self) -> None:
        with (
            contextlib.suppress(httpx.HTTPError),
            self._client.stream("GET", self._url) as response,
        ):
            self.headers = dict(response.headers)
            name = ""
            for line in response.iter_lines():
                field, _, value = line.partition(": ")
                if field == "event":
                    name = value
                elif field == "data":
                    self.events.append((name, json.loads(value)))
            self.is_over = True

    def names(self) -> list[str]:
        return [name for name, _ in self.events]

    def wait_for(self, count: int) -> None:
        until = time.monotonic() + 10
        while len(self.events) < count:
            assert time.monotonic() < until, self.events
            time.sleep(0.01)

    def join(self) -> None:
        self._thread.join(10)
        assert not self._thread.is_alive()
        self._client.close()


def test_a_full_build_of_a_source_is_asked_for(desk: Desk) -> None:
    desk.queue.publish_sources(["nightly"])
    started = desk.post(
        json={"full": True, "source": "nightly"}, headers={"X-Request-Id": "who-asked"}
    ).json()
    assert (started["full"], started["source"], started["cause"]) == (True, "nightly", "operator")
    assert (started["request_id"], started["asked_by"]) == ("who-asked", "root")


def test_who_joins_a_build_is_told_so_or_refused(desk: Desk) -> None:
    first, second = desk.post(json={}), desk.post(json={"force": True})
    assert (first.json()["id"], first.json()["joined"]) == ("build-1", False)
    assert (second.json()["id"], second.json()["joined"]) == ("build-1", True)
    refused = desk.post(json={"full": True}, headers={"Idempotency-Key": "monday"})
    assert (refused.status_code, refused.json()["code"]) == (409, "job_conflict")
    assert refused.json()["job_id"] == "build-1"
    desk.end("build-1", JobStatus.FINISHED)
    started = desk.post(json={"full": True}, headers={"Idempotency-Key": "monday"}).json()
    assert (started["id"], started["full"], started["joined"]) == ("build-2", True, False)
    assert desk.get("/build-2").json()["joined"] is False


def test_what_is_done_to_jobs_is_an_event_with_the_key_and_the_job(desk: Desk) -> None:
    with structlog.testing.capture_logs() as events:
        desk.post(json={})
        desk.post(json={})
        desk.post("/build-1/cancel")
        desk.post("/build-1/retry")
        desk.post("/build-1/cancel")  # refused, so nothing was done
    trail = [each for each in events if each["event"].startswith("job_")]
    assert {(each["caller"], each["role"]) for each in trail} == {("root", "admin")}
    assert [(each["event"], each["job"], each.get("is_new")) for each in trail] == [
        ("job_asked", "build-1", True),
        ("job_asked", "build-1", False),
        ("job_cancelled", "build-1", None),
        ("job_retried", "build-2", True),
    ]


@pytest.mark.parametrize(
    ("source", "code"),
    [
        ("weekly", "source_unknown"),
        ("/etc", "invalid_request"),
        ("../x", "invalid_request"),
        ("https://host/", "invalid_request"),
        ("a" * 40, "source_unknown"),
        ("a" * 41, "invalid_request"),
    ],
)
def test_a_source_is_a_configured_name_and_never_a_place(
    desk: Desk, source: str, code: str
) -> None:
    desk.queue.publish_sources(["nightly"])
    refused = desk.post(json={"source": source})
    assert (refused.status_code, refused.json()["code"]) == (400, code)
    assert desk.get("").json()["items"] == []


def test_a_queued_job_is_cancelled_and_tried_again(desk: Desk) -> None:
    desk.post(json={"force": True})
    cancelled = desk.post("/build-1/cancel")
    assert (cancelled.status_code, cancelled.json()["status"]) == (200, "canceled")
    again = desk.post("/build-1/cancel")
    assert (again.status_code, again.json()["code"]) == (409, "job_ended")
    retried = desk.post("/build-1/retry")
    assert (retried.status_code, retried.headers["location"]) == (202, "/v1/jobs/build-2")
    assert (retried.json()["force"], retried.json()["status"]) == (True, "queued")
    early = desk.post("/build-2/retry")
    assert (early.status_code, early.json()["code"]) == (409, "job_not_ended")


@pytest.mark.parametrize("path", ["/build-9/cancel", "/build-9/retry", "/x/cancel", "/x/retry"])
def test_an_unknown_job_is_neither_cancelled_nor_tried_again(desk: Desk, path: str) -> None:
    answer = desk.post(path)
    assert (answer.status_code, answer.json()["code"]) == (404, "job_not_found")


@pytest.mark.parametrize("path", ["/build-9/log", "/build-9/events"])
def test_an_unknown_job_has_neither_log_nor_events(desk: Desk, path: str) -> None:
    answer = desk.get(path)
    assert (answer.status_code, answer.json()["code"]) == (404, "job_not_found")


def test_sixty_four_requests_with_one_key_are_one_job(desk: Desk) -> None:
    headers = {"Idempotency-Key": "release-of-monday"}
    with ThreadPoolExecutor(64) as pool:
        answers = list(pool.map(lambda _: desk.post(json={}, headers=headers), range(64)))
    assert {answer.status_code for answer in answers} == {202}
    assert {answer.json()["id"] for answer in answers} == {"build-1"}
    desk.end("build-1", JobStatus.FINISHED)
    assert desk.post(json={}, headers=headers).json()["id"] == "build-1"
    other = desk.post(json={"full": True}, headers=headers)
    assert (other.status_code, other.json()["code"]) == (409, "idempotency_conflict")
    assert desk.post(json={}).json()["id"] == "build-2"


@pytest.mark.parametrize(
    ("key", "status"), [("!", 202), ("~" * 200, 202), ("x" * 201, 400), ("a b", 400), ("é", 400)]
)
def test_a_key_is_up_to_two_hundred_visible_characters(desk: Desk, key: str, status: int) -> None:
    answer = desk.post(json={}, headers={"Idempotency-Key": key.encode()})
    assert answer.status_code == status


def test_the_log_of_a_job_is_shown(desk: Desk) -> None:
    desk.post(json={}, headers={"X-Request-Id": "one"})
    desk.post("/build-1/cancel", headers={"X-Request-Id": "two"})
    items = desk.get("/build-1/log").json()["items"]
    assert [(item["event"], item["fields"]["request_id"]) for item in items] == [
        ("job_enqueued", "one"),
        ("job_cancel_requested", "two"),
    ]
    assert len(desk.get("/build-1/log?limit=1").json()["items"]) == 1
    assert desk.get("/build-1/log?limit=1000").status_code == 200
    for limit in (0, 1001):
        assert desk.get(f"/build-1/log?limit={limit}").status_code == 400


def test_events_tell_of_each_change_until_the_job_has_ended(desk: Desk) -> None:
    desk.post(json={})
    listener = Listener(desk, "build-1")
    listener.wait_for(1)
    desk.progress("build-1", 3)
    listener.wait_for(2)
    desk.end("build-1")
    listener.join()
    assert listener.names() == ["job", "job", "job", "end"]
    assert [view["status"] for name, view in listener.events if name == "job"] == [
        "queued",
        "queued",
        "failed",
    ]
    assert listener.events[1][1]["done"] == 3
    assert listener.headers["content-type"] == "text/event-stream"
    assert listener.headers["cache-control"] == "no-store"
    assert "content-encoding" not in listener.headers


def test_a_job_that_has_ended_is_told_once(desk: Desk) -> None:
    desk.post(json={})
    desk.end("build-1")
    answer = desk.get("/build-1/events")
    assert answer.text.count("event: ") == 2
    assert answer.text.endswith("event: end\ndata: {}\n\n")


def test_head_of_events_ends(desk: Desk) -> None:
    desk.post(json={})
    answer = httpx.head(f"{desk.url}/build-1/events", headers=HEADERS, timeout=5)
    assert (answer.status_code, answer.content) == (200, b"")
    assert answer.headers["content-type"] == "text/event-stream"


def test_no_more_than_so_many_watch_and_who_leaves_makes_room(desk: Desk) -> None:
    desk.post(json={})
    url = f"{desk.url}/build-1/events"
    with contextlib.ExitStack() as streams:
        client = streams.enter_context(httpx.Client(headers=HEADERS, timeout=5))
        for _ in range(3):
            assert streams.enter_context(client.stream("GET", url)).status_code == 200
        refused = client.get(url)
        assert (refused.status_code, refused.json()["code"]) == (503, "overloaded")
        assert int(refused.headers["retry-after"]) >= 1
    until = time.monotonic() + 5
    while time.monotonic() < until:
        with httpx.stream("GET", url, headers=HEADERS) as answer:
            if answer.status_code == 200:
                return
        time.sleep(0.05)
    pytest.fail("nobody made room")


class Counting(JobQueue):
    """Counts how often a job is looked at."""

    looks = 0

    def job(self, job_id: str) -> JobView:
        self.looks += 1
        return super().job(job_id)


@pytest.fixture
def counting(desk: Desk) -> Counting:
    return Counting(desk.client, desk.keys)


async def test_many_watchers_cost_one_look_and_leave_nothing_behind(counting: Counting) -> None:
    counting.enqueue_build(BuildPayload())
    events = JobEvents(Ops(counting, deadline_s=2), max_watchers=32, poll_s=0.2, keep_alive_s=0.05)
    tasks = asyncio.all_tasks()
    async with contextlib.AsyncExitStack() as watching:
        streams = [await watching.enter_async_context(events.watch("build-1")) for _ in range(32)]
        first = [await anext(stream) for stream in streams]
        assert len(set(first)) == 1
        looks = counting.looks
        assert await anext(streams[0]) == b": keep-alive\n\n"
        await asyncio.sleep(1)
        assert 3 <= counting.looks - looks <= 6
        assert len(asyncio.all_tasks() - tasks) == 1
    await asyncio.sleep(0)
    assert asyncio.all_tasks() == tasks
    assert events.watchers == 0


async def test_watchers_who_come_at_the_same_moment_share_one_look(counting: Counting) -> None:
    counting.enqueue_build(BuildPayload())
    events = JobEvents(Ops(counting, deadline_s=2), max_watchers=8, poll_s=0.2)
    tasks = asyncio.all_tasks()
    async with contextlib.AsyncExitStack() as watching:
        entering = (watching.enter_async_context(events.watch("build-1")) for _ in range(8))
        await asyncio.gather(*entering)
        assert len(asyncio.all_tasks() - tasks) == 1
    await asyncio.sleep(0)
    assert asyncio.all_tasks() == tasks


async def test_while_redis_is_away_the_stream_says_so_and_goes_on(
    desk: Desk, redis_url: str
) -> None:
    away = connect("redis://127.0.0.1:1/0", timeout_s=0.2).connection_pool
    client = connect(redis_url.rpartition("/")[0] + "/7")
    back = client.connection_pool
    desk.queue.enqueue_build(BuildPayload())
    events = JobEvents(Ops(JobQueue(client, desk.keys), deadline_s=2), max_watchers=1, poll_s=0.02)
    async with events.watch("build-1") as stream:
        assert (await anext(stream)).startswith(b"event: job\n")
        client.connection_pool = away
        problem = await anext(stream)
        assert problem.startswith(b"event: problem\n")
        assert b"store_unavailable" in problem
        client.connection_pool = back
        assert (await anext(stream)).startswith(b"event: job\n")
        desk.rq("build-1").delete()
        assert b"job_not_found" in await anext(stream)
        assert [each async for each in stream] == [b"event: end\ndata: {}\n\n"]
    client.close()
