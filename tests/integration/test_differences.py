"""What changed between stored releases, through the real gateway and queries and a real Redis."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import polars as pl
import pytest
import redis

from services.gateway.app import create_app
from services.gateway.settings import GatewaySettings
from services.queries.app import create_app as create_queries
from services.queries.settings import QueriesSettings
from shared.contracts.releases import ArtifactName, ReleaseRef
from shared.queue import JobQueue
from shared.redis_client import connect
from shared.redis_keys import RedisKeys
from shared.releases.store import ReleaseStore
from tests.contract.upstreams import serving
from tests.factories import artifacts_of, manifest_of, parquet, publish_release, small_catalogue

KEY = "una-clave-larga"


@pytest.fixture
def url(redis_url: str, redis_keys: RedisKeys, tmp_path: Path) -> Iterator[str]:
    """A gateway in front of queries; of the recommender nothing is asked."""
    key_file = tmp_path / "admin.key"
    key_file.write_text(KEY)
    own = connect(redis_url)
    queries = create_queries(
        QueriesSettings(poll_s=0.05), ReleaseStore(connect(redis_url), redis_keys)
    )
    with serving(queries) as upstream:
        settings = GatewaySettings(
            queries_url=upstream, recommender_url=upstream, admin_key_file=key_file, poll_s=0.05
        )
        queue = JobQueue(own, redis_keys)
        with serving(create_app(settings, queue=queue, store=ReleaseStore(own, redis_keys))) as up:
            yield up
    own.close()


@pytest.fixture(scope="module")
def artifacts() -> dict[str, bytes]:
    return artifacts_of(*small_catalogue(movies=12))


def ask(url: str, number: int, **query: int) -> httpx.Response:
    headers = {"X-API-Key": KEY}
    path = f"{url}/v1/releases/{number}/difference"
    return httpx.get(path, params=query, headers=headers, timeout=30)


def difference(url: str, number: int, **query: int) -> dict[str, Any]:
    answer = ask(url, number, **query)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def shifted() -> dict[str, bytes]:
    """The catalogue with movie 2 renamed, movie 12 gone, 13 and 14 new, and another director."""
    movies, cast, directors = small_catalogue(movies=14)
    movies = movies.filter(pl.col("id") != 12).with_columns(
        title=pl.when(pl.col("id") == 2).then(pl.lit("Renamed")).otherwise("title")
    )
    cast, directors = (table.filter(pl.col("movie_id") != 12) for table in (cast, directors))
    is_third = pl.col("movie_id") == 3
    directors = directors.with_columns(
        person_id=pl.when(is_third).then(999).otherwise("person_id")
    )
    return artifacts_of(movies, cast, directors)


def drop_chunks(
    store: ReleaseStore, client: redis.Redis, keys: RedisKeys, ref: ReleaseRef, name: str
) -> None:
    for chunk in store.manifest(ref).artifacts[name].chunks:
        assert client.delete(keys.chunk(chunk.sha256)) == 1


def test_the_release_before_is_what_one_is_compared_with(
    url: str, store: ReleaseStore, artifacts: dict[str, bytes]
) -> None:
    first = publish_release(store, artifacts)
    second = publish_release(store, shifted())
    answer = ask(url, second.number)
    assert answer.headers["cache-control"] == "no-store"
    found = answer.json()
    assert (found["base"], found["release"]) == (first.label, second.label)
    assert (found["added"], found["removed"], found["changed"]) == (2, 1, 2)
    assert [each["id"] for each in found["added_movies"]] == [13, 14]
    assert found["removed_movies"] == [{"id": 12, "title": "Movie 12"}]
    assert found["changed_movies"] == [
        {"id": 2, "title": "Renamed", "columns": ["title"]},
        {"id": 3, "title": "Movie 3", "columns": ["directors"]},
    ]
    assert found["changed_columns"] == {"title": 1, "directors": 1}
    assert found["neighbours"]["movies"] == 11
    assert 0 < found["neighbours"]["kept"] < 1


def test_two_releases_are_compared_either_way_and_with_one_between(
    url: str, store: ReleaseStore, artifacts: dict[str, bytes]
) -> None:
    first = publish_release(store, artifacts)
    second = publish_release(store, shifted())
    third = publish_release(store, artifacts)
    assert difference(url, third.number)["base"] == second.label
    back = difference(url, first.number, base=second.number)
    assert (back["added"], back["removed"], back["changed"]) == (1, 2, 2)
    assert difference(url, third.number, base=first.number)["added"] == 0


def test_what_two_releases_share_is_not_even_read(
    url: str,
    store: ReleaseStore,
    redis_client: redis.Redis,
    redis_keys: RedisKeys,
    artifacts: dict[str, bytes],
) -> None:
    publish_release(store, artifacts)
    second = publish_release(store, artifacts)
    for name in ("movies", "cast", "directors", "neighbours"):
        drop_chunks(store, redis_client, redis_keys, second, name)
    found = difference(url, second.number)
    assert (found["added"], found["removed"], found["changed"]) == (0, 0, 0)
    assert found["changed_columns"] == {}
    assert found["added_movies"] == found["removed_movies"] == found["changed_movies"] == []
    assert found["neighbours"] == {"movies": 12, "same": 1.0, "kept": 1.0}


def test_other_credits_are_found_where_the_movies_are_shared(
    url: str, store: ReleaseStore, artifacts: dict[str, bytes]
) -> None:
    publish_release(store, artifacts)
    movies, cast, directors = small_catalogue(movies=12)
    other = artifacts | {ArtifactName.CAST: parquet(cast.filter(pl.col("movie_id") != 4))}
    found = difference(url, publish_release(store, other).number)
    assert found["changed_movies"] == [{"id": 4, "title": "Movie 4", "columns": ["cast"]}]
    assert found["neighbours"]["same"] == 1.0
    assert movies.height == directors.height == 12


def test_a_refused_release_is_compared_with_the_last_published_one(
    url: str, store: ReleaseStore, artifacts: dict[str, bytes]
) -> None:
    live = publish_release(store, artifacts)
    other = shifted()
    for data in other.values():
        store.upload(data)
    refused = store.keep_candidate(manifest_of(other, store.next_number()), ["too few movies"])
    found = difference(url, refused.number)
    assert (found["base"], found["added"]) == (live.label, 2)


def test_neighbours_that_cannot_be_read_leave_the_rest(
    url: str,
    store: ReleaseStore,
    redis_client: redis.Redis,
    redis_keys: RedisKeys,
    artifacts: dict[str, bytes],
) -> None:
    older = {name: data for name, data in artifacts.items() if name != ArtifactName.NEIGHBOURS}
    manifest = manifest_of(artifacts, store.next_number())
    del manifest.artifacts[ArtifactName.NEIGHBOURS]
    for data in older.values():
        store.upload(data)
    store.publish(manifest)
    second, third = publish_release(store, shifted()), publish_release(store, artifacts)
    unknown = {"movies": 0, "same": None, "kept": None}
    found = difference(url, second.number)
    assert (found["added"], found["neighbours"]) == (2, unknown)
    drop_chunks(store, redis_client, redis_keys, third, "neighbours")
    found = difference(url, third.number)
    assert (found["removed"], found["neighbours"]) == (2, unknown)


def test_releases_that_are_not_there_are_problems(
    url: str, store: ReleaseStore, artifacts: dict[str, bytes]
) -> None:
    first = publish_release(store, artifacts)
    for number, query in ((99, {}), (first.number, {"base": 99}), (first.number, {})):
        answer = ask(url, number, **query)
        assert (answer.status_code, answer.json()["code"]) == (404, "release_not_found")
    assert "No release before" in ask(url, first.number).json()["detail"]


@pytest.mark.parametrize(("base", "status"), [("0", 400), ("x", 400), ("null", 400), ("1", 404)])
def test_the_base_has_bounds(url: str, base: str, status: int) -> None:
    answer = httpx.get(f"{url}/v1/releases/2/difference?base={base}", headers={"X-API-Key": KEY})
    assert answer.status_code == status


def test_differences_are_for_operators(url: str) -> None:
    assert httpx.get(f"{url}/v1/releases/1/difference").status_code in (401, 403)
