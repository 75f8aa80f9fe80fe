"""People through the real gateway and queries service, with a real Redis."""

from collections.abc import Iterator

import httpx
import polars as pl
import pytest

from services.gateway.app import create_app
from services.gateway.settings import GatewaySettings
from services.queries.app import create_app as create_queries
from services.queries.settings import QueriesSettings
from shared.queue import JobQueue
from shared.redis_client import connect
from shared.redis_keys import RedisKeys
from shared.releases.store import ReleaseStore
from tests.contract.upstreams import serving
from tests.factories import artifacts_of, parquet, publish_release, read_table, small_catalogue
from tests.integration.stack import wait_for_release


@pytest.fixture(scope="module")
def url(redis_url: str) -> Iterator[str]:
    """A gateway in front of the queries service; of the recommender nothing is asked."""
    keys, own = RedisKeys("test-people"), connect(redis_url)
    store = ReleaseStore(own, keys)
    artifacts = artifacts_of(*small_catalogue(movies=60))
    # The first actor directs as well.
    directors = read_table(artifacts, "directors").with_columns(
        person_id=pl.col("person_id").replace(200, 100),
        name=pl.col("name").replace("Director 0", "Actor 0"),
        key=pl.col("key").replace("director 0", "actor 0"),
    )
    ref = publish_release(store, {**artifacts, "directors": parquet(directors)})
    queries = create_queries(QueriesSettings(poll_s=0.05), ReleaseStore(connect(redis_url), keys))
    with serving(queries) as up:
        settings = GatewaySettings(queries_url=up, recommender_url=up, poll_s=0.05)
        with serving(create_app(settings, queue=JobQueue(own, keys), store=store)) as gateway:
            wait_for_release(gateway, ref.label)
            yield gateway
    for key in own.scan_iter(f"{{{keys.namespace}}}:*"):
        own.delete(key)
    own.close()


def get(url: str, path: str, **parameters: str | int) -> httpx.Response:
    return httpx.get(url + path, params=parameters)


def test_people_are_found_by_name(url: str) -> None:
    answer = get(url, "/v1/people", q="  ÁCTOR   0 ")
    [item] = answer.json()["items"]
    assert (item["id"], item["name"]) == (100, "Actor 0")
    assert (item["films_acted"], item["films_directed"]) == (20, 15)
    assert [set(film) for film in item["known_for"]] == [{"id", "title", "year"}] * 3
    assert answer.headers["x-butaca-release"].startswith("1-")
    again = get(url, "/v1/people", q="ÁCTOR 0")
    assert (again.headers["x-butaca-cache"], again.content) == ("hit", answer.content)


def test_a_typing_error_and_a_beginning_are_forgiven(url: str) -> None:
    wrong = get(url, "/v1/people", q="actro 1").json()["items"]
    begun = get(url, "/v1/people", q="dir").json()["items"]
    assert [item["name"] for item in wrong] == ["Actor 1"]
    assert {item["name"] for item in begun} == {"Director 1", "Director 2", "Director 3"}


def test_a_role_leaves_the_others_out(url: str) -> None:
    directing = get(url, "/v1/people", q="actor", role="directing").json()["items"]
    assert [item["id"] for item in directing] == [100]


def test_nobody_of_a_name_is_an_empty_list(url: str) -> None:
    answer = get(url, "/v1/people", q="Zebedee")
    assert (answer.status_code, answer.json()) == (200, {"items": []})


def test_a_name_without_letters_is_refused_and_bounds_are_documented(url: str) -> None:
    for text in (" \t", "¿?"):
        answer = get(url, "/v1/people", q=text)
        assert (answer.status_code, answer.json()["parameter"]) == (400, "q")
        assert answer.json()["detail"] == "q: there is no letter or digit in it."
    document = get(url, "/schema/openapi.json").json()
    parameters = document["paths"]["/v1/people"]["get"]["parameters"]
    [schema] = [each["schema"] for each in parameters if each.get("name") == "q"]
    assert (schema["minLength"], schema["maxLength"]) == (1, 100)


def test_one_person_is_told_whole(url: str) -> None:
    person = get(url, "/v1/people/100").json()
    assert (person["id"], person["name"], person["other_names"]) == (100, "Actor 0", [])
    assert (person["films_acted"], person["films_directed"]) == (20, 15)
    acting = person["success"]["acting"]
    assert (acting["films"], acting["films_with_known_money"]) == (20, 16)
    assert (acting["total_return"], acting["mean_return"]) == (40.0, 2.0)
    assert (acting["mean_return_known"], acting["median_return_known"]) == (2.5, 2.5)
    assert [each["films"] for each in person["collaborators"]] == [5, 5, 5, 5, 5]
    only = get(url, "/v1/people/201").json()
    assert only["success"]["acting"] is None


def test_the_movies_of_a_person_come_in_pages(url: str) -> None:
    movies = "/v1/people/100/movies"
    whole = get(url, movies, limit=100).json()
    assert (whole["id"], whole["name"], whole["total"], len(whole["items"])) == (
        100,
        "Actor 0",
        35,
        35,
    )
    page = get(url, movies, limit=10, offset=30).json()
    assert page["items"] == whole["items"][30:]
    dates = [item["release_date"] for item in whole["items"]]
    assert dates == sorted(dates, reverse=True)


def test_the_movies_of_a_person_are_sorted_and_chosen(url: str) -> None:
    movies = "/v1/people/100/movies"
    directed = get(url, movies, role="directing", sort="votes", order="asc").json()
    votes = [item["vote_count"] for item in directed["items"]]
    assert (directed["total"], votes) == (15, sorted(votes))
    assert {item["role"] for item in directed["items"]} == {"directing"}
    titles = [item["title"] for item in get(url, movies, sort="title").json()["items"]]
    assert titles == sorted(titles)
    returns = [
        item["return_on_budget"] for item in get(url, movies, sort="return").json()["items"]
    ]
    known = [each for each in returns if each is not None]
    assert returns == sorted(known, reverse=True) + [None] * (35 - len(known))
    assert len(known) < 35


@pytest.mark.parametrize(
    ("route", "status", "code"),
    [
        ("/v1/people", 400, "invalid_request"),
        ("/v1/people?q=", 400, "invalid_request"),
        ("/v1/people?q=%20%20", 400, "invalid_request"),
        ("/v1/people?q=a", 200, None),
        ("/v1/people?q=" + "x" * 100, 200, None),
        ("/v1/people?q=" + "x" * 101, 400, "invalid_request"),
        ("/v1/people?q=a&limit=0", 400, "invalid_request"),
        ("/v1/people?q=a&limit=1", 200, None),
        ("/v1/people?q=a&limit=50", 200, None),
        ("/v1/people?q=a&limit=51", 400, "invalid_request"),
        ("/v1/people?q=a&role=writing", 400, "invalid_request"),
        ("/v1/people?q=a&limt=5", 400, "unknown_parameter"),
        ("/v1/people/999", 404, "person_not_found"),
        ("/v1/people/0", 404, "person_not_found"),
        (f"/v1/people/{2**63}", 404, "person_not_found"),
        ("/v1/people/100?role=acting", 400, "unknown_parameter"),
        ("/v1/people/999/movies", 404, "person_not_found"),
        (f"/v1/people/{2**63}/movies", 404, "person_not_found"),
        ("/v1/people/100/movies?limit=0", 400, "invalid_request"),
        ("/v1/people/100/movies?limit=1", 200, None),
        ("/v1/people/100/movies?limit=100", 200, None),
        ("/v1/people/100/movies?limit=101", 400, "invalid_request"),
        ("/v1/people/100/movies?offset=-1", 400, "invalid_request"),
        ("/v1/people/100/movies?offset=0", 200, None),
        ("/v1/people/100/movies?offset=10000", 200, None),
        ("/v1/people/100/movies?offset=10001", 400, "invalid_request"),
        ("/v1/people/100/movies?sort=budget", 400, "invalid_request"),
        ("/v1/people/100/movies?order=up", 400, "invalid_request"),
        ("/v1/people/100/movies?role=both", 400, "invalid_request"),
    ],
)
def test_bounds_and_unknown_people(url: str, route: str, status: int, code: str | None) -> None:
    answer = httpx.get(url + route)
    assert (answer.status_code, answer.json().get("code")) == (status, code)
