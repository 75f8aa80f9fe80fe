"""What is lacking is said in a header and in health; what is not lacking goes on."""

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import NamedTuple

import httpx
import pytest
import redis
from litestar import Litestar
from litestar.testing import AsyncTestClient

from cli.ops import OpsClient
from services.gateway.app import create_app as create_gateway
from services.gateway.clients import PATIENCE_S
from services.gateway.settings import GatewaySettings
from services.queries.app import create_app as create_queries
from services.queries.settings import QueriesSettings
from services.recommender.app import create_app as create_recommender
from services.recommender.encoder import QueryEncoder
from services.recommender.settings import RecommenderSettings
from shared.contracts.releases import ReleaseRef
from shared.http.degraded import HEADER, join_words, split_words
from shared.queue import JobQueue
from shared.redis_client import connect
from shared.redis_keys import RedisKeys
from shared.releases.store import ReleaseStore
from tests.contract.conftest import Gateway, admin_key_file, gateway
from tests.contract.upstreams import State, free_port, service, serving
from tests.factories import artifacts_of, publish_release, small_catalogue, without_model
from tests.integration.stack import create_letter_encoder
from tests.integration.test_services import kept_in

__all__ = ["admin_key_file", "gateway"]
NOWHERE = "redis://127.0.0.1:1/0"
MOVIE = "/v1/movies/1"
Client = AsyncTestClient[Litestar]


@pytest.fixture(scope="module")
def artifacts() -> dict[str, bytes]:
    return artifacts_of(*small_catalogue(["Heat"], movies=40))


@pytest.fixture
def live(
    redis_client: redis.Redis, redis_keys: RedisKeys, artifacts: dict[str, bytes]
) -> ReleaseRef:
    return publish_release(ReleaseStore(redis_client, redis_keys), artifacts)


@asynccontextmanager
async def queries(url: str, keys: RedisKeys, state: Path | None = None) -> AsyncIterator[Client]:
    settings = QueriesSettings(state=None if state is None else str(state), poll_s=0.05)
    app = create_queries(settings, ReleaseStore(connect(url), keys))
    async with AsyncTestClient(app) as client:
        yield client


async def until_degraded(client: Client, words: list[str], *, status: str = "ready") -> None:
    """Wait until health says just this."""
    health: dict[str, object] = {}
    for _ in range(200):
        health = (await client.get("/health/ready")).json()
        if health["degraded"] == words and health["status"] == status:
            return
        await asyncio.sleep(0.05)
    raise AssertionError(health)


async def header_of(client: Client, path: str = MOVIE) -> str | None:
    answer = await client.get(path)
    assert answer.status_code == 200
    return answer.headers.get(HEADER)


def test_words_come_in_order_and_once_and_can_be_read_back() -> None:
    assert join_words(["text", "store", "text"]) == "store, text"
    assert split_words("store, text") == ("store", "text")
    assert split_words("") == ()


async def test_nothing_is_said_while_all_is_well(
    redis_url: str, redis_keys: RedisKeys, live: ReleaseRef
) -> None:
    async with queries(redis_url, redis_keys) as client:
        await until_degraded(client, [])
        answer = await client.get(MOVIE)
    assert answer.headers["X-Butaca-Release"] == live.label
    assert HEADER not in answer.headers


async def test_without_redis_the_local_copy_answers_and_says_so(
    redis_url: str, redis_keys: RedisKeys, live: ReleaseRef, tmp_path: Path
) -> None:
    async with queries(redis_url, redis_keys, tmp_path) as client:
        await until_degraded(client, [])
        await kept_in(tmp_path, live.label)
    async with queries(NOWHERE, redis_keys, tmp_path) as client:
        await until_degraded(client, ["store"])
        assert await header_of(client) == "store"


async def test_a_release_that_is_gone_leaves_the_old_one_until_it_is_back(
    redis_url: str, redis_client: redis.Redis, redis_keys: RedisKeys, live: ReleaseRef
) -> None:
    async with queries(redis_url, redis_keys) as client:
        await until_degraded(client, [])
        pointer = redis_client.get(redis_keys.live_release())
        assert isinstance(pointer, bytes)
        redis_client.delete(redis_keys.live_release())
        await until_degraded(client, ["release"])
        answer = await client.get(MOVIE)
        assert answer.headers[HEADER] == "release"
        assert answer.headers["X-Butaca-Release"] == live.label
        redis_client.set(redis_keys.live_release(), pointer)
        await until_degraded(client, [])
        assert await header_of(client) is None


@pytest.mark.usefixtures("live")
async def test_a_local_copy_that_cannot_be_written_is_named(
    redis_url: str, redis_keys: RedisKeys, tmp_path: Path
) -> None:
    file = tmp_path / "a-file"
    file.write_text("no folder")
    async with queries(redis_url, redis_keys, file) as client:
        await until_degraded(client, ["local"])
        assert await header_of(client) == "local"


@pytest.mark.usefixtures("live")
@pytest.mark.parametrize(
    ("create", "words"), [(without_model, ["text"]), (create_letter_encoder, [])]
)
async def test_only_without_an_encoder_texts_are_lacking(
    redis_url: str, redis_keys: RedisKeys, create: object, words: list[str]
) -> None:
    encoder = QueryEncoder(create)  # type: ignore[arg-type]  # either makes one, or fails
    store = ReleaseStore(connect(redis_url), redis_keys)
    app = create_recommender(RecommenderSettings(poll_s=0.05), store, encoder)
    async with AsyncTestClient(app) as client:
        await until_degraded(client, words)
        assert await header_of(client, f"{MOVIE}/similar") == (", ".join(words) or None)


def _ask(gateway: Gateway, **headers: str) -> httpx.Response:
    return httpx.get(f"{gateway.url}/recomendacion/Heat", headers=headers)


def _until_header(gateway: Gateway, value: str | None) -> httpx.Response:
    for _ in range(100):
        answer = _ask(gateway)
        if answer.headers.get(HEADER) == value:
            return answer
        time.sleep(0.02)
    pytest.fail(f"{HEADER} is {answer.headers.get(HEADER)}")


def _until_kept(gateway: Gateway) -> httpx.Response:
    """Ask until the answer comes from the cache."""
    gateway.state.release = gateway.point_at(1, "a")
    for _ in range(200):
        answer = _ask(gateway)
        if answer.headers["x-butaca-cache"] == "hit":
            return answer
        time.sleep(0.02)
    pytest.fail("the answer is not kept")


def test_an_answer_passes_on_at_once_what_its_service_lacks(gateway: Gateway) -> None:
    gateway.state.degraded = "release, text"
    assert _ask(gateway).headers[HEADER] == "release, text"
    assert _ask(gateway).headers.get_list(HEADER) == ["release, text"]


def test_a_kept_answer_says_what_is_lacking_now_not_what_was(gateway: Gateway) -> None:
    gateway.state.degraded = "text"
    first = _until_kept(gateway)
    assert first.headers[HEADER] == "text"
    gateway.state.degraded = ""
    well = _until_header(gateway, None)
    gateway.state.degraded = "store"
    again = _until_header(gateway, "store")
    for answer in (well, again):
        assert answer.headers["x-butaca-cache"] == "hit"
        assert (answer.content, answer.headers["etag"]) == (first.content, first.headers["etag"])
    unchanged = _ask(gateway, **{"If-None-Match": first.headers["etag"]})
    assert (unchanged.status_code, unchanged.headers[HEADER]) == (304, "store")


def test_health_of_the_whole_has_the_words_and_stays_ready(gateway: Gateway) -> None:
    gateway.state.degraded = "store"
    ready = httpx.get(f"{gateway.url}/health/ready")
    assert (ready.status_code, ready.json()["degraded"]) == (200, ["store"])
    gateway.state.degraded = ""
    assert httpx.get(f"{gateway.url}/health/ready").json()["degraded"] == []


class Two(NamedTuple):
    """A gateway whose Redis is away, and the services that it has in front of it."""

    url: str
    queries: State
    recommender: State


@pytest.fixture
def without_redis() -> Iterator[Two]:
    """Both services answer."""
    states = State(), State()
    client = connect(f"redis://127.0.0.1:{free_port()}/0", timeout_s=0.4)
    keys = RedisKeys("test")
    with serving(service(states[0])) as first, serving(service(states[1])) as second:
        settings = GatewaySettings(
            queries_url=first, recommender_url=second, poll_s=0.05, health_deadline_s=0.2
        )
        app = create_gateway(
            settings, queue=JobQueue(client, keys), store=ReleaseStore(client, keys)
        )
        with serving(app) as url:
            yield Two(url, *states)
    client.close()


def _until_lacking(url: str, *words: str, status: int = 200) -> httpx.Response:
    """Wait: on a busy machine one answer may be late."""
    until = time.monotonic() + 10
    while True:
        ready = httpx.get(f"{url}/health/ready")
        if (ready.status_code, ready.json()["degraded"]) == (status, list(words)):
            return ready
        assert time.monotonic() < until, ready.text
        time.sleep(0.02)


def test_a_gateway_without_redis_answers_and_says_so(without_redis: Two) -> None:
    url = without_redis.url
    _until_lacking(url, "store")
    answer = httpx.get(f"{url}/recomendacion/Heat")
    assert (answer.status_code, answer.headers[HEADER]) == (200, "store")


@pytest.mark.parametrize(
    ("slow", "path"), [("queries", "recomendacion"), ("recommender", "score_titulo")]
)
def test_a_service_that_is_late_for_long_is_missing_and_the_other_one_answers(
    without_redis: Two, monkeypatch: pytest.MonkeyPatch, slow: str, path: str
) -> None:
    url, state = without_redis.url, getattr(without_redis, slow)
    _until_lacking(url, "store")
    state.health_delay_s = 0.5
    late = httpx.get(f"{url}/health/ready")
    assert (late.status_code, late.json()["degraded"]) == (200, ["store"])
    assert f"{slow}: it does not answer in time" in late.json()["reasons"]
    monkeypatch.setattr("services.gateway.clients.PATIENCE_S", 0.6)
    later = _until_lacking(url, *sorted((slow, "store")))
    assert f"{slow}: it does not answer in time" in later.json()["reasons"]
    answer = httpx.get(f"{url}/{path}/Heat")
    assert (answer.status_code, answer.headers[HEADER]) == (200, join_words((slow, "store")))
    state.health_delay_s = 0.0
    _until_lacking(url, "store")


def test_a_gateway_is_not_ready_when_both_services_are_late_for_long(
    without_redis: Two, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = without_redis.url
    _until_lacking(url, "store")
    for state in (without_redis.queries, without_redis.recommender):
        state.health_delay_s = 0.5
    assert httpx.get(f"{url}/health/ready").status_code == 200
    monkeypatch.setattr("services.gateway.clients.PATIENCE_S", 0.6)
    _until_lacking(url, "queries", "recommender", "store", status=503)
    for state in (without_redis.queries, without_redis.recommender):
        state.health_delay_s = 0.0
    _until_lacking(url, "store")
    assert 2 * GatewaySettings().poll_s + GatewaySettings().health_deadline_s < PATIENCE_S


def test_a_service_that_says_it_is_not_ready_is_believed_at_once(without_redis: Two) -> None:
    url = without_redis.url
    _until_lacking(url, "store")
    without_redis.queries.is_ready = False
    one = httpx.get(f"{url}/health/ready")
    assert (one.status_code, one.json()["degraded"]) == (200, ["queries", "store"])
    without_redis.recommender.is_ready = False
    none = httpx.get(f"{url}/health/ready")
    assert (none.status_code, none.json()["status"]) == (503, "not_ready")
    assert none.json()["degraded"] == ["queries", "recommender", "store"]


def test_a_start_waits_for_both_services_and_the_encoder_and_for_nothing_that_may_stay(
    without_redis: Two,
) -> None:
    url, queries, recommender = without_redis
    client = OpsClient(url)
    _until_lacking(url, "store")
    assert client.is_whole()
    recommender.degraded = "loading, text"
    _until_lacking(url, "loading", "store", "text")
    assert not client.is_whole()
    recommender.degraded = "release, text"
    _until_lacking(url, "release", "store", "text")
    assert client.is_whole()
    for state, word in ((queries, "queries"), (recommender, "recommender")):
        state.is_ready = False
        assert word in httpx.get(f"{url}/health/ready").json()["degraded"]
        assert not client.is_whole()
        state.is_ready = True
    assert not OpsClient(f"http://127.0.0.1:{free_port()}").is_whole()
