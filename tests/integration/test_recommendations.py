"""Recommendations through the real gateway and recommender, with a real Redis."""

import uuid
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from services.gateway.app import create_app
from services.gateway.settings import GatewaySettings
from services.recommender.app import create_app as create_recommender
from services.recommender.encoder import QueryEncoder
from services.recommender.settings import RecommenderSettings
from shared.queue import JobQueue
from shared.redis_client import connect
from shared.redis_keys import RedisKeys
from shared.releases.store import ReleaseStore
from tests.contract.upstreams import serving
from tests.factories import artifacts_of, publish_release, varied_catalogue, without_model
from tests.integration.stack import wait_for_release

Json = dict[str, Any]


@pytest.fixture(scope="module")
def url(redis_url: str) -> Iterator[str]:
    """A gateway in front of a recommender without a text model; of queries nothing is asked."""
    own, keys = connect(redis_url), RedisKeys(f"test-{uuid.uuid4().hex}")
    store = ReleaseStore(own, keys)
    ref = publish_release(store, artifacts_of(*varied_catalogue(120)))
    recommender = create_recommender(
        RecommenderSettings(poll_s=0.05),
        ReleaseStore(connect(redis_url), keys),
        QueryEncoder(without_model),
    )
    with serving(recommender) as upstream:
        settings = GatewaySettings(queries_url=upstream, recommender_url=upstream, poll_s=0.05)
        with serving(create_app(settings, queue=JobQueue(own, keys), store=store)) as up:
            wait_for_release(up, ref.label)
            yield up
    for key in own.scan_iter(f"{{{keys.namespace}}}:*"):
        own.delete(key)
    own.close()


def ask(
    url: str, body: object, path: str = "/v1/recommendations", **headers: str
) -> httpx.Response:
    return httpx.post(url + path, json=body, headers=headers)


def test_a_request_is_answered_explained_and_kept(url: str) -> None:
    body = {"positive": [1, "Movie 2"], "negative": [3], "limit": 4, "diversity": 0.2}
    first = ask(url, body)
    again = ask(url, {**body, "lang": "en"})
    assert first.status_code == 200
    found: Json = first.json()
    assert [movie["id"] for movie in found["positive"]] == [1, 2]
    assert len(found["items"]) == 4
    for item in found["items"]:
        assert sum(item["contributions"].values()) == pytest.approx(item["raw_score"], abs=1e-5)
        assert item["reason"]
    assert first.headers["x-butaca-cache"] == "miss"
    assert again.headers["x-butaca-cache"] == "hit"
    assert first.content == again.content
    assert first.headers["x-butaca-release"].startswith("1-")


def test_the_language_of_reasons_is_asked_for_in_three_ways(url: str) -> None:
    body: Json = {"positive": [1]}
    spanish = ask(url, body, **{"Accept-Language": "es-AR,en;q=0.5"})
    assert spanish.headers["content-language"] == "es"
    assert spanish.headers["vary"] == "Accept-Language, Accept-Encoding"
    assert ask(url, {**body, "lang": "es"}).content == spanish.content
    assert ask(url, body, "/v1/recommendations?lang=es").content == spanish.content
    assert ask(url, body).content != spanish.content
    similar = f"{url}/v1/movies/1/similar"
    by_header = httpx.get(similar, headers={"Accept-Language": "es"})
    assert by_header.content == httpx.get(f"{similar}?lang=es").content
    assert by_header.content != httpx.get(similar).content
    assert by_header.headers["content-language"] == "es"


def test_filters_in_the_query_are_those_in_the_body(url: str) -> None:
    by_query = httpx.get(
        f"{url}/v1/movies/1/similar",
        params={
            "genres_any": ["drama", "comedy"],
            "year_min": 1950,
            "exclude": [5, 6],
            "limit": 50,
            "languages": ["es", "en"],
            "runtime_max": 100.5,
        },
    )
    by_body = ask(
        url,
        {
            "positive": [1],
            "limit": 50,
            "filters": {
                "genres_any": ["drama", "comedy"],
                "year_min": 1950,
                "exclude": [5, 6],
                "languages": ["es", "en"],
                "runtime_max": 100.5,
            },
        },
    )
    assert by_query.status_code == by_body.status_code == 200
    assert by_query.json()["items"] == by_body.json()["items"]
    assert len(by_query.json()["items"]) == by_query.json()["matching"] > 0


def test_a_batch_answers_each_request_by_itself(url: str) -> None:
    requests = [{"positive": [1], "limit": 2}, {"positive": [999]}, {"text": "a heist"}]
    answer = ask(url, {"requests": requests}, "/v1/recommendations/batch")
    assert answer.status_code == 200
    fine, unknown, textual = answer.json()["results"]
    assert fine["response"]["items"] == ask(url, requests[0]).json()["items"]
    assert fine["problem"] is None
    assert unknown["problem"]["code"] == "movie_not_found"
    assert unknown["problem"]["status"] == 404
    assert textual["problem"]["code"] == "text_search_unavailable"


@pytest.mark.parametrize(
    ("body", "status", "code", "words"),
    [
        ({}, 400, "invalid_request", "at least one movie"),
        ({"positive": [1], "limit": 100}, 200, None, ""),
        ({"positive": [1], "limit": 101}, 400, "invalid_request", "limit"),
        ({"positive": [1], "limit": 0}, 400, "invalid_request", "limit"),
        ({"positive": [1], "diversity": 1}, 200, None, ""),
        ({"positive": [1], "diversity": 1.01}, 400, "invalid_request", "diversity"),
        ({"positive": [1], "weights": {"cast": 5}}, 200, None, ""),
        ({"positive": [1], "weights": {"cast": 5.1}}, 400, "invalid_request", "weights"),
        ({"positive": [1], "weights": {"actors": 1}}, 400, "invalid_request", "weights"),
        ({"positive": list(range(1, 51))}, 200, None, ""),
        ({"positive": list(range(1, 52))}, 400, "invalid_request", "positive"),
        ({"positive": [1], "negative": list(range(2, 52))}, 200, None, ""),
        ({"positive": [1], "negative": list(range(2, 53))}, 400, "invalid_request", "negative"),
        ({"positive": [0]}, 400, "invalid_request", "positive"),
        ({"positive": [True]}, 400, "invalid_request", "positive"),
        ({"positive": [2**60]}, 400, "invalid_request", "positive"),
        ({"positive": ["Moovie 3"]}, 404, "title_not_found", "Moovie 3"),
        ({"text": "x" * 2001}, 400, "invalid_request", "text"),
        ({"text": "a heist"}, 503, "text_search_unavailable", "encoder"),
        ({"positive": [1], "filters": {"year_min": 1799}}, 400, "invalid_request", "year_min"),
        ({"positive": [1], "filters": {"genre": ["Drama"]}}, 400, "invalid_request", "genre"),
        ({"positive": [1], "filters": {"genres_any": ["Dram"]}}, 400, "invalid_request", "Drama"),
        ({"positive": [1], "max_per_collection": 0}, 400, "invalid_request", "max_per_coll"),
        ({"positive": [1], "lang": "fr"}, 400, "invalid_request", "lang"),
        ({"positive": [1], "colour": 1}, 400, "invalid_request", "colour"),
        ([1], 400, "invalid_request", ""),
        (None, 400, "invalid_request", ""),
    ],
)
def test_bounds(url: str, body: object, status: int, code: str | None, words: str) -> None:
    answer = ask(url, body)
    assert answer.status_code == status, answer.text
    assert answer.json().get("code") == code
    assert words in answer.text


def test_a_body_too_large_or_no_json_is_a_problem(url: str) -> None:
    large = httpx.post(f"{url}/v1/recommendations", content=b"[" + b" " * 300_000 + b"]")
    assert large.status_code == 413
    broken = httpx.post(
        f"{url}/v1/recommendations",
        content=b'{"positive": [1',
        headers={"Content-Type": "application/json"},
    )
    assert (broken.status_code, broken.json()["code"]) == (400, "invalid_body")


@pytest.mark.parametrize("path", ["/v1/recommendations", "/v1/recommendations/batch"])
@pytest.mark.parametrize(
    "body",
    [b"[" * 100_000, b'{"positive":' + b"[" * 100_000, b'{"positive":["\xff\xfe"]}', b"\xff"],
)
def test_a_body_that_nobody_can_read_is_a_problem(url: str, path: str, body: bytes) -> None:
    answer = httpx.post(url + path, content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code == 400
    assert answer.json()["code"] in {"invalid_body", "invalid_request"}


def test_an_unknown_parameter_is_named(url: str) -> None:
    answer = httpx.get(f"{url}/v1/movies/1/similar?genre_any=Drama")
    assert (answer.status_code, answer.json()["code"]) == (400, "unknown_parameter")
    assert "genres_any" in answer.json()["detail"]


def test_the_schema_has_every_filter(url: str) -> None:
    schema = httpx.get(f"{url}/schema/openapi.json").json()
    listed = schema["paths"]["/v1/movies/{movie_id}/similar"]["get"]["parameters"]
    names = {parameter["name"] for parameter in listed}
    assert names >= {"genres_any", "genres_none", "year_min", "exclude", "limit", "lang"}
    assert "/v1/recommendations/batch" in schema["paths"]
