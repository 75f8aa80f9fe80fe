"""Titles and search over HTTP, from releases in a real store."""

import asyncio
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path

import httpx
import msgspec
import pytest
from litestar import Litestar
from litestar.testing import AsyncTestClient

from services.queries.app import create_app
from services.queries.settings import QueriesSettings
from shared.contracts.releases import ArtifactName, ReleaseRef
from shared.contracts.search import SearchLeg
from shared.contracts.titles import SuggestResponse, TitleResolution
from shared.redis_client import connect
from shared.redis_keys import RedisKeys
from shared.releases.store import ReleaseStore
from tests.factories import (
    artifacts_of,
    cast_frame,
    directors_frame,
    manifest_of,
    movie,
    movies_frame,
    publish_release,
)
from tests.integration.stack import whole_stack
from worker.search.reuse import read_search_index

Client = AsyncTestClient[Litestar]
Start = Callable[[], AbstractAsyncContextManager[Client]]
MOVIES = movies_frame(
    movie(1, "Heat", vote_count=1800, overview="A robbery in <Los Angeles>."),
    movie(2, "The Heat", vote_count=1900, overview="Two policewomen."),
    movie(3, "HEAT", vote_count=5, overview="A robbery."),
    movie(4, "WALL·E", vote_count=6000),
    movie(5, "Robbery", vote_count=30, original_language="es"),
)
CAST = cast_frame((1, 20, "Al Pacino"), (4, 21, "Ben Burtt"))
DIRECTORS = directors_frame((1, 30, "Michael Mann"))


@pytest.fixture(scope="module")
def artifacts() -> dict[str, bytes]:
    return artifacts_of(MOVIES, CAST, DIRECTORS)


@pytest.fixture
def start(redis_url: str, redis_keys: RedisKeys) -> Start:
    @asynccontextmanager
    async def run() -> AsyncIterator[Client]:
        app = create_app(
            QueriesSettings(poll_s=0.02), ReleaseStore(connect(redis_url), redis_keys)
        )
        async with AsyncTestClient(app) as http:
            yield http

    return run


@pytest.fixture(scope="module")
def gateway(redis_url: str) -> Iterator[str]:
    with whole_stack(redis_url, "test-titles", movies=60) as url:
        yield url


async def ready_with(client: Client, ref: ReleaseRef) -> None:
    for _ in range(300):
        if (await client.get("/health/ready")).json().get("release") == ref.label:
            return
        await asyncio.sleep(0.02)
    raise AssertionError(ref.label)


async def test_a_title_is_resolved_doubted_or_unknown(
    start: Start, store: ReleaseStore, artifacts: dict[str, bytes]
) -> None:
    ref = publish_release(store, artifacts)
    async with start() as client:
        await ready_with(client, ref)
        one = await client.get("/v1/resolve", params={"title": "wall-e"})
        several = await client.get("/v1/resolve", params={"title": "heat"})
        none = await client.get("/v1/resolve", params={"title": "Robbery in Rome", "year": 1999})
    found = msgspec.json.decode(one.content, type=TitleResolution)
    assert (found.movie.id, found.match) == (4, "normalised")
    assert several.status_code == 409
    assert several.json()["code"] == "title_ambiguous"
    assert [each["id"] for each in several.json()["candidates"]] == [1, 3]
    assert none.status_code == 404
    assert (none.json()["code"], none.json()["suggestions"]) == ("title_not_found", ["Robbery"])
    assert one.headers["X-Butaca-Release"] == ref.label


async def test_films_are_suggested(
    start: Start, store: ReleaseStore, artifacts: dict[str, bytes]
) -> None:
    ref = publish_release(store, artifacts)
    async with start() as client:
        await ready_with(client, ref)
        answer = await client.get("/v1/suggest", params={"q": "hea", "limit": 2})
    found = msgspec.json.decode(answer.content, type=SuggestResponse)
    assert [(each.id, each.matched) for each in found.items] == [(2, [[4, 7]]), (1, [[0, 3]])]


async def test_words_are_searched_within_the_filters(
    start: Start, store: ReleaseStore, artifacts: dict[str, bytes]
) -> None:
    ref = publish_release(store, artifacts)
    async with start() as client:
        await ready_with(client, ref)
        every = await client.get("/v1/search/lexical", params={"q": "robbery"})
        some = await client.get(
            "/v1/search/lexical", params={"q": "robbery", "languages": "es", "limit": 1}
        )
        bad = await client.get("/v1/search/lexical", params={"q": "robbery", "genres_any": "No"})
    leg = msgspec.json.decode(every.content, type=SearchLeg)
    assert [hit.id for hit in leg.items] == [5, 1, 3]
    assert leg.items[1].highlights == {"overview": "A <em>robbery</em> in &lt;Los Angeles&gt;."}
    assert [hit["id"] for hit in some.json()["items"]] == [5]
    assert some.json()["total"] == 1
    assert bad.status_code == 400


@pytest.mark.parametrize(
    ("path", "good", "bad"),
    [
        ("/v1/suggest", {"q": "h", "limit": 1}, {"q": "h", "limit": 0}),
        ("/v1/suggest", {"q": "h", "limit": 20}, {"q": "h", "limit": 21}),
        ("/v1/suggest", {"q": "h" * 100}, {"q": "h" * 101}),
        ("/v1/suggest", {"q": "h"}, {"q": ""}),
        ("/v1/suggest", {"q": "h"}, {"q": "  "}),
        ("/v1/suggest", {"q": "h"}, {}),
        ("/v1/search/lexical", {"q": "h", "limit": 1}, {"q": "h", "limit": 0}),
        ("/v1/search/lexical", {"q": "h", "limit": 100}, {"q": "h", "limit": 101}),
        ("/v1/search/lexical", {"q": "h" * 500}, {"q": "h" * 501}),
        ("/v1/search/lexical", {"q": "h"}, {"q": " . "}),
        ("/v1/resolve", {"title": "robbery", "year": 2000}, {"title": "robbery", "year": 1799}),
        ("/v1/resolve", {"title": "robbery"}, {"title": "robbery", "year": 2201}),
        ("/v1/resolve", {"title": "robbery"}, {"title": " "}),
        ("/v1/resolve", {"title": "robbery"}, {"title": "r" * 501}),
        ("/v1/resolve", {"title": "robbery"}, {"titel": "robbery"}),
    ],
)
async def test_a_bound_is_kept_on_both_sides(  # noqa: PLR0913, PLR0917  # the parts of the scene
    start: Start,
    store: ReleaseStore,
    artifacts: dict[str, bytes],
    path: str,
    good: dict[str, str | int],
    bad: dict[str, str | int],
) -> None:
    ref = publish_release(store, artifacts)
    async with start() as client:
        await ready_with(client, ref)
        assert (await client.get(path, params=good)).status_code == 200
        assert (await client.get(path, params=bad)).status_code == 400


@pytest.mark.parametrize(("title", "year"), [("r" * 500, 1800), ("r" * 500, 2200)])
async def test_the_longest_title_and_the_outer_years_are_only_unknown(
    start: Start, store: ReleaseStore, artifacts: dict[str, bytes], title: str, year: int
) -> None:
    ref = publish_release(store, artifacts)
    async with start() as client:
        await ready_with(client, ref)
        answer = await client.get("/v1/resolve", params={"title": title, "year": year})
    assert answer.status_code == 404


async def test_a_release_of_an_older_version_serves_all_but_search(
    start: Start, store: ReleaseStore, artifacts: dict[str, bytes]
) -> None:
    older = {name: data for name, data in artifacts.items() if name != ArtifactName.SEARCH}
    ref = publish_release(store, older)
    async with start() as client:
        await ready_with(client, ref)
        search = await client.get("/v1/search/lexical", params={"q": "heat"})
        suggest = await client.get("/v1/suggest", params={"q": "heat"})
    assert (search.status_code, search.json()["code"]) == (404, "artifact_not_found")
    assert suggest.status_code == 200


async def test_an_index_of_other_movies_is_refused(
    start: Start, store: ReleaseStore, artifacts: dict[str, bytes]
) -> None:
    ref = publish_release(store, artifacts)
    fewer = artifacts_of(MOVIES.head(4), CAST, DIRECTORS)
    mixed = {**artifacts, ArtifactName.SEARCH: fewer[ArtifactName.SEARCH]}
    async with start() as client:
        await ready_with(client, ref)
        publish_release(store, mixed)
        for _ in range(300):
            health = (await client.get("/health/ready")).json()
            if health["reasons"]:
                break
            await asyncio.sleep(0.02)
        assert "4 movies instead of 5" in health["reasons"][0]
        assert health["release"] == ref.label


def left_in(folder: Path) -> int:
    return len(list(folder.iterdir()))


def mapped_from(folder: Path) -> int:
    return Path("/proc/self/maps").read_text().count(str(folder))


async def test_many_swaps_leave_nothing_behind(
    start: Start,
    store: ReleaseStore,
    artifacts: dict[str, bytes],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    async with start() as client:
        for _ in range(8):
            ref = publish_release(store, artifacts)
            await ready_with(client, ref)
            await client.get("/v1/search/lexical", params={"q": "heat"})
            assert left_in(tmp_path) == 0
        # One index is six files; the one before may wait for its last request.
        assert 0 < mapped_from(tmp_path) <= 12


def test_the_index_of_the_live_release_is_taken_over_under_the_same_key_alone(
    store: ReleaseStore, artifacts: dict[str, bytes]
) -> None:
    for data in artifacts.values():
        store.upload(data)
    manifest = msgspec.structs.replace(manifest_of(artifacts), search_key="a")
    assert read_search_index(store, manifest, "a") == artifacts[ArtifactName.SEARCH]
    assert read_search_index(store, manifest, "b") is None
    without = {name: each for name, each in manifest.artifacts.items() if name != "search"}
    older = msgspec.structs.replace(manifest, artifacts=without)
    assert read_search_index(store, older, "a") is None


def test_titles_are_answered_through_the_gateway(gateway: str) -> None:
    one = httpx.get(f"{gateway}/v1/resolve", params={"title": "the movie seven"})
    several = httpx.get(f"{gateway}/v1/resolve", params={"title": "movie"})
    none = httpx.get(f"{gateway}/v1/resolve", params={"title": "qqqqqqqq"})
    offered = httpx.get(f"{gateway}/v1/suggest", params={"q": "mov 7", "limit": 3})
    assert one.json()["movie"]["title"] == "Movie 7"
    assert (several.status_code, len(several.json()["candidates"])) == (409, 10)
    assert (none.status_code, none.json()["code"]) == (404, "title_not_found")
    assert [item["title"] for item in offered.json()["items"]] == ["Movie 7"]


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/v1/suggest?q=m&limit=1", 200),
        ("/v1/suggest?q=m&limit=0", 400),
        ("/v1/suggest?q=m&limit=20", 200),
        ("/v1/suggest?q=m&limit=21", 400),
        (f"/v1/suggest?q={'m' * 100}", 200),
        (f"/v1/suggest?q={'m' * 101}", 400),
        ("/v1/suggest?q=%20", 400),
        (f"/v1/resolve?title={'q' * 500}", 404),
        (f"/v1/resolve?title={'q' * 501}", 400),
        ("/v1/resolve?title=qqqqqqqq&year=1800", 404),
        ("/v1/resolve?title=qqqqqqqq&year=1799", 400),
        ("/v1/resolve?title=qqqqqqqq&year=2200", 404),
        ("/v1/resolve?title=qqqqqqqq&year=2201", 400),
        ("/v1/resolve?year=2000", 400),
        ("/v1/resolve?titulo=heat", 400),
    ],
)
def test_the_gateway_keeps_the_same_bounds(gateway: str, path: str, status: int) -> None:
    assert httpx.get(gateway + path).status_code == status
