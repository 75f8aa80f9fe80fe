import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import redis
from litestar import Litestar
from litestar.testing import AsyncTestClient

from services.queries.app import create_app as create_queries
from services.queries.settings import QueriesSettings
from services.recommender.app import create_app as create_recommender
from services.recommender.encoder import QueryEncoder
from services.recommender.settings import RecommenderSettings
from shared.redis_client import connect
from shared.redis_keys import RedisKeys
from shared.releases.local import LocalCopy
from shared.releases.manifest import split
from shared.releases.store import ReleaseStore
from tests.factories import artifacts_of, parquet, publish_release, small_catalogue, without_model

Client = AsyncTestClient[Litestar]
Start = Callable[..., AbstractAsyncContextManager[Client]]
NOWHERE = "redis://127.0.0.1:1/0"
ROUTES = {"queries": "/v1/movies/1", "recommender": "/v1/movies/1/similar"}
TITLES = ["Face/Off", "Amélie", "AMELIE", "Girl Walk // All Day"]


@pytest.fixture(scope="module")
def artifacts() -> dict[str, bytes]:
    return artifacts_of(*small_catalogue(TITLES, movies=60))


@pytest.fixture(scope="module")
def other_artifacts() -> dict[str, bytes]:
    return artifacts_of(*small_catalogue(["Heat"], movies=40), seed=1)


@pytest.fixture(params=["queries", "recommender"])
def service(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def start(redis_url: str, redis_keys: RedisKeys) -> Start:
    @asynccontextmanager
    async def run(
        service: str, *, url: str = redis_url, state: Path | None = None
    ) -> AsyncIterator[Client]:
        folder = None if state is None else str(state)
        client = connect(url, timeout_s=1)
        if service == "queries":
            settings = QueriesSettings(state=folder, poll_s=0.05)
            app = create_queries(settings, ReleaseStore(client, redis_keys))
        else:
            app = create_recommender(
                RecommenderSettings(state=folder, poll_s=0.05),
                ReleaseStore(client, redis_keys),
                QueryEncoder(without_model),
            )
        async with AsyncTestClient(app) as http:
            yield http

    return run


async def ready_with(client: Client, label: str) -> dict[str, Any]:
    """Wait until the service serves this release."""
    health: dict[str, Any] = {}
    for _ in range(200):
        health = (await client.get("/health/ready")).json()
        if health.get("release") == label:
            return health
        await asyncio.sleep(0.05)
    raise AssertionError(health)


async def kept_in(folder: Path, label: str) -> None:
    """Wait until the local copy is written, which happens after the swap."""
    for _ in range(200):
        ref = LocalCopy(folder).ref()
        if ref is not None and ref.label == label:
            return
        await asyncio.sleep(0.05)
    raise AssertionError(label)


async def wait_for_reason(client: Client, words: str) -> dict[str, Any]:
    health: dict[str, Any] = {}
    for _ in range(200):
        health = (await client.get("/health/ready")).json()
        if any(words in reason for reason in health["reasons"]):
            return health
        await asyncio.sleep(0.05)
    raise AssertionError(health)


async def test_without_a_release_it_lives_but_is_not_ready(service: str, start: Start) -> None:
    async with start(service) as client:
        health = await wait_for_reason(client, "no release has been published")
        assert health["status"] == "not_ready"
        assert (await client.get("/health/live")).status_code == 200
        answer = await client.get(ROUTES[service])
        assert answer.status_code == 503
        assert answer.json()["code"] == "index_not_ready"


async def test_a_new_release_is_swapped_in(
    service: str,
    start: Start,
    store: ReleaseStore,
    artifacts: dict[str, bytes],
    other_artifacts: dict[str, bytes],
) -> None:
    first = publish_release(store, artifacts)
    async with start(service) as client:
        await ready_with(client, first.label)
        before = await client.get(ROUTES[service])
        second = publish_release(store, other_artifacts)
        await ready_with(client, second.label)
        after = await client.get(ROUTES[service])
    assert before.headers["X-Butaca-Release"] == first.label
    assert after.headers["X-Butaca-Release"] == second.label
    titles = [(a.json().get("movie") or a.json())["title"] for a in (before, after)]
    assert titles == ["Face/Off", "Heat"]


async def test_a_corrupt_chunk_leaves_the_old_release(  # noqa: PLR0913, PLR0917  # the parts of the scene
    service: str,
    start: Start,
    store: ReleaseStore,
    redis_client: redis.Redis,
    redis_keys: RedisKeys,
    artifacts: dict[str, bytes],
    other_artifacts: dict[str, bytes],
) -> None:
    first = publish_release(store, artifacts)
    original = redis_client.get(redis_keys.live_release())
    ref = publish_release(store, other_artifacts)
    published = redis_client.get(redis_keys.live_release())
    assert isinstance(original, bytes)
    assert isinstance(published, bytes)
    # The service starts with the first, and never sees the sound bytes of the other.
    redis_client.set(redis_keys.live_release(), original)
    async with start(service) as client:
        await ready_with(client, first.label)
        chunk, piece = split(other_artifacts["titles"])[0]
        flipped = bytes([piece[0] ^ 1]) + bytes(piece[1:])
        redis_client.set(redis_keys.chunk(chunk.sha256), flipped)
        redis_client.set(redis_keys.live_release(), published)
        health = await wait_for_reason(client, "digest differs")
        assert health["status"] == "ready"
        assert health["release"] == first.label
        assert ref.label in health["reasons"][0]


async def test_tables_that_do_not_belong_together_are_refused(
    service: str,
    start: Start,
    store: ReleaseStore,
    artifacts: dict[str, bytes],
    other_artifacts: dict[str, bytes],
) -> None:
    first = publish_release(store, artifacts)
    async with start(service) as client:
        await ready_with(client, first.label)
        publish_release(store, {**artifacts, "titles": other_artifacts["titles"]})
        health = await wait_for_reason(client, "the title table does not cover")
        assert health["release"] == first.label


async def test_another_index_fails_the_canaries(
    start: Start, store: ReleaseStore, artifacts: dict[str, bytes]
) -> None:
    first = publish_release(store, artifacts)
    other = artifacts_of(*small_catalogue(TITLES, movies=60), seed=7)
    async with start("recommender") as client:
        await ready_with(client, first.label)
        publish_release(store, {**artifacts, "index": other["index"]})
        health = await wait_for_reason(client, "has other neighbours than when built")
        assert health["release"] == first.label


async def test_a_movie_that_is_its_own_neighbour_is_refused(
    start: Start, store: ReleaseStore, artifacts: dict[str, bytes]
) -> None:
    first = publish_release(store, artifacts)
    leaking = pl.read_parquet(artifacts["neighbours"]).with_columns(
        pl.when(pl.col("movie_id") == 60)
        .then(pl.concat_list(pl.lit(60), pl.col("neighbour_ids").list.slice(1)))
        .otherwise("neighbour_ids")
        .alias("neighbour_ids")
    )
    async with start("recommender") as client:
        await ready_with(client, first.label)
        publish_release(store, {**artifacts, "neighbours": parquet(leaking)})
        health = await wait_for_reason(client, "its own neighbour")
        assert health["release"] == first.label


async def test_it_starts_from_the_local_copy_when_redis_is_away(
    service: str, start: Start, store: ReleaseStore, artifacts: dict[str, bytes], tmp_path: Path
) -> None:
    ref = publish_release(store, artifacts)
    async with start(service, state=tmp_path / "copy") as client:
        await ready_with(client, ref.label)
        await kept_in(tmp_path / "copy", ref.label)
    async with start(service, url=NOWHERE, state=tmp_path / "copy") as client:
        health = await ready_with(client, ref.label)
        assert any("Redis does not answer" in reason for reason in health["reasons"])


async def test_the_questions_are_answered_over_http(
    start: Start, store: ReleaseStore, artifacts: dict[str, bytes]
) -> None:
    ref = publish_release(store, artifacts)
    async with start("queries") as client:
        await ready_with(client, ref.label)
        month = await client.get("/cantidad_filmaciones_mes", params={"mes": "ENERO"})
        assert month.json() == {
            "mes": "enero",
            "cantidad": 5,
            "mensaje": "Se estrenaron 5 películas en el mes de enero.",
        }
        score = await client.get("/score_titulo", params={"titulo": "amelie"})
        assert score.json()["id"] == 2
        assert score.json()["otras"] == [{"id": 3, "titulo": "AMELIE", "anio": 1993}]
        for title in TITLES:
            votes = await client.get("/votos_titulo", params={"titulo": title})
            assert votes.status_code == 200
        actor = await client.get("/get_actor", params={"nombre_actor": "actor 1"})
        assert actor.json()["cantidad_peliculas"] == 20
        director = await client.get("/get_director", params={"nombre_director": "Director 0"})
        assert director.headers["X-Butaca-Release"] == ref.label
        shown = await client.get("/v1/movies/1")
        assert shown.json()["cast"][0]["name"] == "Actor 1"


async def test_five_titles_are_recommended(
    start: Start, store: ReleaseStore, artifacts: dict[str, bytes]
) -> None:
    ref = publish_release(store, artifacts)
    async with start("recommender") as client:
        await ready_with(client, ref.label)
        answer = await client.get("/recomendacion", params={"titulo": "amelie"})
        similar = await client.get("/v1/movies/2/similar", params={"limit": 3})
    assert answer.headers["X-Butaca-Movie-Id"] == "2"
    assert answer.headers["X-Butaca-Release"] == ref.label
    assert len(set(answer.json())) == 5
    assert not {"Amélie", "AMELIE"} & set(answer.json())
    assert len(similar.json()["items"]) == 3
    assert similar.json()["movie"] == {"id": 2, "title": "Amélie", "year": 1992}


@pytest.mark.parametrize(
    ("service", "route", "status", "code"),
    [
        ("queries", "/cantidad_filmaciones_mes?mes=enerro", 400, "unknown_month"),
        ("queries", "/cantidad_filmaciones_dia?dia=8", 400, "unknown_weekday"),
        ("queries", "/cantidad_filmaciones_mes", 400, "invalid_request"),
        ("queries", "/score_titulo?titulo=%20", 400, "invalid_request"),
        ("queries", "/votos_titulo?titulo=" + "x" * 501, 400, "invalid_request"),
        ("queries", "/votos_titulo?titulo=" + "x" * 500, 404, "title_not_found"),
        ("queries", "/get_actor?nombre_actor=Aktor%201", 404, "person_not_found"),
        ("queries", "/get_director?nombre_director=Nobody", 404, "person_not_found"),
        ("queries", "/v1/movies/999", 404, "movie_not_found"),
        ("queries", "/score_titulo?titlo=Heat", 400, "unknown_parameter"),
        ("recommender", "/recomendacion?titulo=Face%2FOf", 404, "title_not_found"),
        ("recommender", "/recomendacion?titulo=", 400, "invalid_request"),
        ("recommender", "/v1/movies/999/similar", 404, "movie_not_found"),
        ("recommender", "/v1/movies/1/similar?limit=0", 400, "invalid_request"),
        ("recommender", "/v1/movies/1/similar?limit=1", 200, None),
        ("recommender", "/v1/movies/1/similar?limit=50", 200, None),
        ("recommender", "/v1/movies/1/similar?limit=51", 400, "invalid_request"),
        ("recommender", "/v1/movies/1/similar?limt=5", 400, "unknown_parameter"),
    ],
)
async def test_bounds_and_unknown_names(  # noqa: PLR0913, PLR0917  # fixtures and the table's columns
    service: str,
    route: str,
    status: int,
    code: str | None,
    start: Start,
    store: ReleaseStore,
    artifacts: dict[str, bytes],
) -> None:
    ref = publish_release(store, artifacts)
    async with start(service) as client:
        await ready_with(client, ref.label)
        answer = await client.get(route)
    assert answer.status_code == status
    assert answer.json().get("code") == code
