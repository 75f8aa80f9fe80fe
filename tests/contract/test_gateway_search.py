"""Hybrid search over two real services that answer, are slow, down or on another release."""

import asyncio
import time
from collections.abc import Iterator
from dataclasses import dataclass, field

import httpx
import msgspec
import pytest
import redis
from litestar import Litestar, Request, Response, get
from litestar.types import ControllerRouterHandler

from services.gateway.app import create_app
from services.gateway.settings import GatewaySettings
from shared.contracts.releases import ReleaseRef
from shared.contracts.search import LegHit, SearchLeg
from shared.errors import (
    AppError,
    InvalidRequestError,
    ReleaseCorruptError,
    RouteNotFoundError,
    TextSearchUnavailableError,
)
from shared.http.problems import EXCEPTION_HANDLERS
from shared.queue import JobQueue
from shared.redis_client import connect
from shared.redis_keys import RedisKeys
from shared.releases.store import ReleaseStore
from tests.contract.upstreams import free_port, serving

LIVE = ReleaseRef(number=1, manifest_sha256="a" * 64)


@dataclass
class LegState:
    """What one leg says next."""

    ids: list[int]
    release: str = LIVE.label
    delay_s: float = 0.0
    error: AppError | None = None
    seen: list[dict[str, list[str]]] = field(default_factory=list)


@dataclass
class Setting:
    url: str
    lexical: LegState
    semantic: LegState

    def search(self, query: str = "a robot learns", **parameters: object) -> httpx.Response:
        asked = {"q": query, **parameters}
        return httpx.get(f"{self.url}/v1/search", params=asked)  # type: ignore[arg-type]  # plain


def leg(name: str, state: LegState) -> ControllerRouterHandler:
    @get(f"/v1/search/{name}")
    async def answer(request: Request[object, object, object]) -> Response[SearchLeg]:
        state.seen.append(request.query_params.dict())
        await asyncio.sleep(state.delay_s)
        if state.error is not None:
            raise state.error
        hits = [LegHit(id=n, title=f"Movie {n}", year=1999, score=1.0) for n in state.ids]
        headers = {"X-Butaca-Release": state.release}
        return Response(SearchLeg(items=hits, total=40), headers=headers)

    return answer


def app_of(name: str, state: LegState) -> Litestar:
    return Litestar(
        [leg(name, state)],
        exception_handlers=EXCEPTION_HANDLERS,
        openapi_config=None,
        logging_config=None,
    )


@pytest.fixture
def setting(redis_client: redis.Redis, redis_url: str, redis_keys: RedisKeys) -> Iterator[Setting]:
    lexical, semantic = LegState([1, 2]), LegState([2, 3])
    redis_client.set(redis_keys.live_release(), msgspec.json.encode(LIVE))
    own = connect(redis_url, timeout_s=0.4)
    with (
        serving(app_of("lexical", lexical)) as queries,
        serving(app_of("semantic", semantic)) as recommender,
    ):
        settings = GatewaySettings(queries_url=queries, recommender_url=recommender, poll_s=0.05)
        store = ReleaseStore(own, redis_keys)
        with serving(create_app(settings, queue=JobQueue(own, redis_keys), store=store)) as url:
            wait_for_release(url)
            yield Setting(url, lexical, semantic)
    own.close()


def wait_for_release(url: str) -> None:
    for _ in range(200):
        if httpx.get(f"{url}/health/ready").json()["release"] == LIVE.label:
            return
        time.sleep(0.02)
    pytest.fail("the gateway did not see the release")


def test_both_legs_are_asked_with_the_same_filters_and_joined(setting: Setting) -> None:
    answer = setting.search(genres_any=["Drama", "Comedy"], year_min=1990)
    body = answer.json()
    assert [item["id"] for item in body["items"]] == [2, 1, 3]
    assert body["items"][0]["ranks"] == {"lexical": 2, "semantic": 1}
    assert (body["answered_by"], body["missing"]) == (["lexical", "semantic"], [])
    assert (body["mode"], body["query"], body["total"]) == ("hybrid", "a robot learns", 40)
    assert answer.headers["x-butaca-release"] == LIVE.label
    [asked] = setting.lexical.seen
    assert asked == setting.semantic.seen[0]
    assert (asked["genres_any"], asked["year_min"]) == (["Comedy", "Drama"], ["1990"])


def test_the_legs_are_asked_at_the_same_time(setting: Setting) -> None:
    setting.lexical.delay_s = setting.semantic.delay_s = 0.5
    began = time.monotonic()
    assert setting.search().status_code == 200
    assert time.monotonic() - began < 0.95


@pytest.mark.parametrize("mode", ["lexical", "semantic"])
def test_one_leg_alone_is_asked_alone(setting: Setting, mode: str) -> None:
    body = setting.search(mode=mode).json()
    expected = setting.lexical if mode == "lexical" else setting.semantic
    assert [item["id"] for item in body["items"]] == expected.ids
    assert body["answered_by"] == [mode]
    assert len(setting.lexical.seen) + len(setting.semantic.seen) == 1


def test_whole_answers_are_kept_and_named(setting: Setting) -> None:
    first, second = setting.search(), setting.search()
    assert [each.headers["x-butaca-cache"] for each in (first, second)] == ["miss", "hit"]
    assert first.content == second.content
    tag = {"If-None-Match": first.headers["etag"]}
    again = httpx.get(f"{setting.url}/v1/search", params={"q": "a robot learns"}, headers=tag)
    assert again.status_code == 304


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"error": TextSearchUnavailableError("no model")}, "text_search_unavailable"),
        ({"delay_s": 1.3}, "upstream_timeout"),
        ({"error": ReleaseCorruptError("a flipped bit")}, "release_corrupt"),
        ({"error": AppError()}, "internal_error"),
        ({"error": RouteNotFoundError("an older service")}, "route_not_found"),
        ({"release": "2-bbbbbbbbbbbb"}, "other_release"),
    ],
)
def test_the_other_leg_answers_and_says_so(
    setting: Setting, change: dict[str, object], code: str
) -> None:
    for name, value in change.items():
        setattr(setting.semantic, name, value)
    answer = setting.search()
    body = answer.json()
    assert [item["id"] for item in body["items"]] == [1, 2]
    assert body["answered_by"] == ["lexical"]
    assert [(each["leg"], each["code"]) for each in body["missing"]] == [("semantic", code)]
    assert answer.headers["x-butaca-missing"] == "semantic"
    assert answer.headers["x-butaca-release"] == LIVE.label
    # What is found without a leg is not kept.
    assert "etag" not in answer.headers
    vars(setting.semantic).update(vars(LegState([2, 3])))
    assert setting.search().json()["missing"] == []


@pytest.mark.parametrize(("delay_s", "legs"), [(0.7, 2), (1.3, 1)])
def test_a_leg_may_take_a_second(setting: Setting, delay_s: float, legs: int) -> None:
    setting.semantic.delay_s = delay_s
    began = time.monotonic()
    assert len(setting.search().json()["answered_by"]) == legs
    assert time.monotonic() - began < 1.25


def test_a_leg_alone_has_the_usual_time(setting: Setting) -> None:
    setting.semantic.delay_s = 1.3
    assert setting.search(mode="semantic").status_code == 200


def test_the_leg_of_the_live_release_wins_whichever_it_is(setting: Setting) -> None:
    setting.lexical.release = "2-bbbbbbbbbbbb"
    body = setting.search().json()
    assert body["answered_by"] == ["semantic"]
    assert [item["id"] for item in body["items"]] == [2, 3]
    assert body["total"] is None


def test_a_request_that_a_leg_refuses_is_refused(setting: Setting) -> None:
    setting.semantic.error = InvalidRequestError("There is no genre 'Dramma'.")
    answer = setting.search(genres_any="Dramma")
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_request")


def test_without_any_leg_it_is_a_503(setting: Setting) -> None:
    setting.semantic.error = TextSearchUnavailableError("no model")
    answer = setting.search(mode="semantic")
    assert (answer.status_code, answer.json()["code"]) == (503, "text_search_unavailable")


@pytest.mark.parametrize(
    ("parameters", "status"),
    [
        ({"limit": 0}, 400),
        ({"limit": 1}, 200),
        ({"limit": 50}, 200),
        ({"limit": 51}, 400),
        ({"mode": "magic"}, 400),
        ({"query": "x" * 500}, 200),
        ({"query": "x" * 501}, 400),
        ({"query": ""}, 400),
        ({"query": " ¿? "}, 400),
        ({"query": "ñ"}, 200),
    ],
)
def test_bounds(setting: Setting, parameters: dict[str, object], status: int) -> None:
    assert setting.search(**parameters).status_code == status  # type: ignore[arg-type]  # any


def test_a_service_that_is_away_leaves_the_other(
    redis_client: redis.Redis, redis_keys: RedisKeys
) -> None:
    semantic = LegState([5])
    with serving(app_of("semantic", semantic)) as recommender:
        settings = GatewaySettings(
            queries_url=f"http://127.0.0.1:{free_port()}", recommender_url=recommender
        )
        queue, store = JobQueue(redis_client, redis_keys), ReleaseStore(redis_client, redis_keys)
        with serving(create_app(settings, queue=queue, store=store)) as url:
            body = httpx.get(f"{url}/v1/search", params={"q": "robots"}).json()
    assert [item["id"] for item in body["items"]] == [5]
    assert [(each["leg"], each["code"]) for each in body["missing"]] == [
        ("lexical", "upstream_unavailable")
    ]
