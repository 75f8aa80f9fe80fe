"""Pages, look-ups and counts through the real gateway and queries service, with a real Redis."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest
import redis

from services.gateway.app import create_app
from services.gateway.settings import GatewaySettings
from services.queries.app import create_app as create_queries
from services.queries.settings import QueriesSettings
from shared.queue import JobQueue
from shared.redis_client import connect
from shared.redis_keys import RedisKeys
from shared.releases.store import ReleaseStore
from tests.contract.upstreams import serving
from tests.factories import artifacts_of, publish_release, varied_catalogue
from tests.integration.stack import wait_for_release

MOVIES = 120


@pytest.fixture(scope="module")
def url(redis_url: str) -> Iterator[str]:
    """A gateway in front of the queries service; of the recommender nothing is asked."""
    keys = RedisKeys("test-movies")
    own = connect(redis_url)
    store = ReleaseStore(own, keys)
    ref = publish_release(store, artifacts_of(*varied_catalogue(MOVIES)))
    queries = create_queries(QueriesSettings(poll_s=0.05), ReleaseStore(connect(redis_url), keys))
    with serving(queries) as up:
        settings = GatewaySettings(queries_url=up, recommender_url=up, poll_s=0.05)
        with serving(create_app(settings, queue=JobQueue(own, keys), store=store)) as gateway:
            wait_for_release(gateway, ref.label)
            yield gateway
    for key in own.scan_iter(f"{{{keys.namespace}}}:*"):
        own.delete(key)
    own.close()


def get(url: str, path: str = "/v1/movies", **parameters: object) -> httpx.Response:
    return httpx.get(url + path, params=parameters)  # type: ignore[arg-type]  # plain values


def test_pages_follow_one_another_to_the_end(url: str, redis_client: redis.Redis) -> None:
    assert redis_client.ping()
    seen: list[int] = []
    parameters: dict[str, object] = {"sort": "title", "limit": 50, "fields": ["id", "title"]}
    while True:
        page: dict[str, Any] = get(url, **parameters).json()
        assert page["total"] == MOVIES
        seen += [item["id"] for item in page["items"]]
        if page["next_cursor"] is None:
            break
        parameters["cursor"] = page["next_cursor"]
    assert sorted(seen) == list(range(1, MOVIES + 1))


def test_the_most_voted_come_first_with_the_usual_fields(url: str) -> None:
    answer = get(url)
    items = answer.json()["items"]
    assert len(items) == 20
    votes = [item["vote_count"] for item in items]
    assert votes == sorted(votes, reverse=True)
    assert set(items[0]) == {
        "id",
        "title",
        "year",
        "release_date",
        "original_language",
        "runtime_minutes",
        "popularity",
        "vote_average",
        "vote_count",
        "genres",
    }
    assert answer.headers["x-butaca-release"]


def test_titles_rise_unless_asked_otherwise(url: str) -> None:
    rising = get(url, sort="title", fields="title").json()["items"]
    falling = get(url, sort="title", order="desc", fields="title").json()["items"]
    assert (rising[0]["title"], falling[0]["title"]) == ("Movie 1", "Movie 99")


def test_movies_by_id(url: str) -> None:
    body = {"ids": [3, 999, 1], "fields": ["title", "cast"]}
    found = httpx.post(f"{url}/v1/movies/lookup", json=body).json()
    assert [item["title"] for item in found["items"]] == ["Movie 3", "Movie 1"]
    assert all(item["cast"] for item in found["items"])
    assert found["missing"] == [999]


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"ids": []}, 400),
        ({"ids": [1]}, 200),
        ({"ids": list(range(1, 201))}, 200),
        ({"ids": list(range(1, 202))}, 400),
        ({"ids": [0]}, 400),
        ({"ids": [2**53 - 1]}, 200),
        ({"ids": [2**53]}, 400),
        ({"ids": ["1"]}, 400),
        ({"ids": [1], "fields": ["name"]}, 400),
        ({"ids": [1], "feilds": ["id"]}, 400),
        ({}, 400),
    ],
)
def test_bounds_of_a_look_up(url: str, body: object, status: int) -> None:
    assert httpx.post(f"{url}/v1/movies/lookup", json=body).status_code == status


@pytest.mark.parametrize(
    ("name", "least", "most"),
    [
        ("limit", 1, 100),
        ("year_min", 1800, 2200),
        ("year_max", 1800, 2200),
        ("runtime_min", 0, 100_000),
        ("runtime_max", 0, 100_000),
        ("votes_min", 0, 2**53 - 1),
        ("votes_max", 0, 2**53 - 1),
        ("average_min", 0, 10),
        ("average_max", 0, 10),
        ("budget_min", 0, 2**53 - 1),
        ("budget_max", 0, 2**53 - 1),
        ("revenue_min", 0, 2**53 - 1),
        ("revenue_max", 0, 2**53 - 1),
        ("return_min", 0, 10**12),
        ("return_max", 0, 10**12),
        ("companies", 1, 2**53 - 1),
        ("collections", 1, 2**53 - 1),
        ("people", 1, 2**53 - 1),
        ("exclude", 1, 2**53 - 1),
    ],
)
def test_both_sides_of_every_bound(url: str, name: str, least: int, most: int) -> None:
    statuses = [get(url, **{name: each}).status_code for each in (least, most)]
    assert statuses == [200, 200]
    for outside in (least - 1, most + 1):
        answer = get(url, **{name: outside})
        assert (answer.status_code, answer.json()["code"]) == (400, "invalid_request")
        assert name in answer.json()["detail"]


@pytest.mark.parametrize(
    ("parameters", "status"),
    [
        ({"people": [103] * 50}, 200),
        ({"people": [103] * 51}, 400),
        ({"exclude": [1] * 1000}, 200),
        ({"exclude": [1] * 1001}, 400),
        ({"genres_any": ["Drama"] * 50}, 200),
        ({"genres_any": ["Drama"] * 51}, 400),
        ({"genres_any": "Dramma"}, 400),
        ({"date_min": "1990-02-28"}, 200),
        ({"date_min": "1990-02-30"}, 400),
        ({"date_min": "1990"}, 400),
        ({"date_min": "1990-01-02", "date_max": "1990-01-01"}, 400),
        ({"languages": "english"}, 400),
        ({"sort": "name"}, 400),
        ({"order": "up"}, 400),
        ({"cursor": "x" * 1000}, 400),
        ({"cursor": "x" * 1001}, 400),
        ({"fields": "name"}, 400),
        ({"fields": ["id", "title"]}, 200),
        ({"fields": ["id"] * 50}, 200),
        ({"fields": ["id"] * 51}, 400),
        ({"year": 1990}, 400),
        ({"return_min": "nan"}, 400),
        ({"return_min": "inf"}, 400),
    ],
)
def test_what_is_taken_and_what_is_refused(
    url: str, parameters: dict[str, object], status: int
) -> None:
    assert get(url, **parameters).status_code == status


def test_a_foreign_cursor_says_so(url: str) -> None:
    cursor = get(url, sort="date", limit=1).json()["next_cursor"]
    answer = get(url, cursor=cursor)
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_cursor")
    assert "sorted by date desc" in answer.json()["detail"]


def test_releases_are_counted_with_the_same_filters(url: str) -> None:
    total = get(url, genres_any="Drama", year_min=1950).json()["total"]
    for by, periods in (("month", 12), ("weekday", 7)):
        found = get(url, "/v1/stats/releases", by=by, genres_any="Drama", year_min=1950).json()
        assert len(found["items"]) == periods
        assert (found["total"], sum(each["count"] for each in found["items"])) == (total, total)
    years = get(url, "/v1/stats/releases", year_min=1950).json()
    assert years["by"] == "year"
    assert all(each["value"] >= 1950 for each in years["items"])


def test_labels_speak_the_language_of_the_caller(url: str) -> None:
    asked = {"Accept-Language": "es"}
    answer = httpx.get(f"{url}/v1/stats/releases?by=month", headers=asked)
    assert answer.json()["items"][0]["label"] == "enero"
    assert answer.headers["content-language"] == "es"
    assert get(url, "/v1/stats/releases", by="month").json()["items"][0]["label"] == "January"


def test_a_filter_by_person_finds_films_of_cast_and_direction(url: str) -> None:
    _, cast, directors = varied_catalogue(MOVIES)
    for person, credited in ((103, cast), (204, directors)):
        expected = set(credited.filter(person_id=person)["movie_id"])
        found = get(url, people=person, limit=100, fields="id").json()["items"]
        assert {item["id"] for item in found} == expected
