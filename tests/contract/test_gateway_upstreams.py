"""What the gateway makes of services that answer, fail, are slow or away."""

import concurrent.futures
import time

import httpx
import msgspec
import pytest

from services.gateway.app import create_app
from services.gateway.settings import GatewaySettings
from shared.queue import JobQueue
from shared.releases.store import ReleaseStore
from tests.contract.conftest import Gateway
from tests.contract.upstreams import free_port, serving


def _go_live(gateway: Gateway, number: int, letter: str) -> None:
    """Let a release go live everywhere, the services last: health names what they serve too."""
    gateway.state.release = "0-000000000000"
    label = gateway.point_at(number, letter)
    _wait_for_pointer(gateway, label)
    gateway.state.release = label


def _wait_for_pointer(gateway: Gateway, label: str) -> None:
    gateway.state.named = label
    for _ in range(100):
        health = httpx.get(f"{gateway.url}/health/ready").json()
        if health["release"] == label and not any(
            "gateway:" in each for each in health["reasons"]
        ):
            return
        time.sleep(0.02)
    pytest.fail("the gateway did not follow the pointer")


def _heat(gateway: Gateway) -> httpx.Response:
    return httpx.get(f"{gateway.url}/recomendacion/Heat")


def test_body_and_headers_pass_unchanged(gateway: Gateway) -> None:
    answer = _heat(gateway)
    assert answer.content == b'["Heat","1-aaaaaaaaaaaa"]'
    assert answer.headers["x-butaca-release"] == "1-aaaaaaaaaaaa"
    assert answer.headers["x-butaca-movie-id"] == "862"
    assert answer.headers["content-type"] == "application/json"


def test_a_problem_arrives_as_the_same_problem(gateway: Gateway) -> None:
    headers = {"X-Request-Id": "abc"}
    answer = httpx.get(f"{gateway.url}/recomendacion/nada", headers=headers)
    assert answer.status_code == 404
    assert answer.json() == {
        "type": "urn:butaca:problem:title_not_found",
        "title": "Título no encontrado",
        "status": 404,
        "detail": "No hay ninguna.",
        "code": "title_not_found",
        "request_id": "abc",
        "suggestions": ["Nadar"],
    }


def test_a_slow_service_is_a_504_at_the_deadline(gateway: Gateway) -> None:
    gateway.state.delay_s = 4
    began = time.monotonic()
    answer = _heat(gateway)
    assert (answer.status_code, answer.json()["code"]) == (504, "upstream_timeout")
    assert time.monotonic() - began < 3.5
    assert answer.headers["retry-after"] == "2"


def test_a_service_that_is_away_is_a_503(gateway: Gateway) -> None:
    settings = GatewaySettings(
        queries_url=f"http://127.0.0.1:{free_port()}",
        recommender_url=f"http://127.0.0.1:{free_port()}",
    )
    queue = JobQueue(gateway.client, gateway.keys)
    app = create_app(settings, queue=queue, store=ReleaseStore(gateway.client, gateway.keys))
    with serving(app) as url:
        answer = httpx.get(f"{url}/score_titulo/Heat")
        ready = httpx.get(f"{url}/health/ready")
    assert (answer.status_code, answer.json()["code"]) == (503, "upstream_unavailable")
    assert answer.json()["title"] == "Servicio no disponible"
    assert ready.status_code == 503
    assert ready.json()["reasons"] == [
        "queries: it cannot be reached",
        "recommender: it cannot be reached",
    ]


def test_answers_of_the_live_release_are_kept_and_dropped_with_it(gateway: Gateway) -> None:
    _go_live(gateway, 1, "a")
    assert [_heat(gateway).headers["x-butaca-cache"] for _ in range(2)] == ["miss", "hit"]
    _go_live(gateway, 2, "b")
    answer = _heat(gateway)
    assert answer.headers["x-butaca-cache"] == "miss"
    assert answer.json() == ["Heat", gateway.state.release]


def test_an_answer_of_an_older_release_is_not_kept(gateway: Gateway) -> None:
    gateway.state.release = "1-aaaaaaaaaaaa"
    _wait_for_pointer(gateway, gateway.point_at(2, "b"))
    assert [_heat(gateway).headers["x-butaca-cache"] for _ in range(2)] == ["miss", "miss"]


def test_both_forms_share_one_cached_answer(gateway: Gateway) -> None:
    _go_live(gateway, 1, "a")
    _heat(gateway)
    answer = httpx.get(f"{gateway.url}/recomendacion", params={"titulo": "Heat"})
    assert answer.headers["x-butaca-cache"] == "hit"


def test_problems_are_not_kept(gateway: Gateway) -> None:
    _go_live(gateway, 1, "a")
    for _ in range(2):
        httpx.get(f"{gateway.url}/recomendacion/nada")
    assert gateway.state.asked == 2


def test_where_redis_names_no_release_health_names_the_one_that_is_served(
    gateway: Gateway,
) -> None:
    assert httpx.get(f"{gateway.url}/health/ready").json()["release"] == gateway.state.release
    _wait_for_pointer(gateway, gateway.point_at(2, "b"))
    gateway.client.delete(gateway.keys.live_release())
    _wait_for_pointer(gateway, gateway.state.release)


def test_ready_needs_a_service_with_a_release(gateway: Gateway) -> None:
    assert httpx.get(f"{gateway.url}/health/ready").status_code == 200
    gateway.state.is_ready = False
    answer = httpx.get(f"{gateway.url}/health/ready")
    assert answer.status_code == 503
    assert answer.json()["reasons"][0] == "queries: no release is loaded"
    assert answer.json()["degraded"] == ["queries", "recommender"]


@pytest.mark.parametrize(
    ("missing", "path"), [("queries", "recomendacion"), ("recommender", "score_titulo")]
)
def test_without_one_service_the_whole_is_ready_and_every_answer_names_it(
    gateway: Gateway, missing: str, path: str
) -> None:
    settings = msgspec.structs.replace(
        GatewaySettings(
            queries_url=gateway.upstream_url, recommender_url=gateway.upstream_url, poll_s=0.05
        ),
        **{f"{missing}_url": f"http://127.0.0.1:{free_port()}"},
    )
    queue = JobQueue(gateway.client, gateway.keys)
    app = create_app(settings, queue=queue, store=ReleaseStore(gateway.client, gateway.keys))
    with serving(app) as url:
        ready = httpx.get(f"{url}/health/ready")
        answer = httpx.get(f"{url}/{path}/Heat")
    assert (ready.status_code, ready.json()["status"]) == (200, "ready")
    assert ready.json()["degraded"] == [missing]
    assert ready.json()["reasons"] == [f"{missing}: it cannot be reached"]
    assert (answer.status_code, answer.headers["x-butaca-degraded"]) == (200, missing)


def test_head_answers_without_a_body(gateway: Gateway) -> None:
    answer = httpx.head(f"{gateway.url}/recomendacion/Heat")
    assert (answer.status_code, answer.content) == (200, b"")
    assert answer.headers["content-length"] == str(len(_heat(gateway).content))


def test_the_schema_names_both_forms_and_loads_nothing_from_elsewhere(gateway: Gateway) -> None:
    schema = httpx.get(f"{gateway.url}/schema/openapi.json").json()
    assert schema["info"]["title"] == "Butaca"
    by_query = schema["paths"]["/recomendacion"]["get"]
    by_path = schema["paths"]["/recomendacion/{titulo}"]["get"]
    assert [p["in"] for p in by_query["parameters"]] == ["query", "header"]
    assert [p["in"] for p in by_path["parameters"]] == ["path", "header"]
    assert by_query["responses"] == by_path["responses"]
    assert httpx.get(f"{gateway.url}/schema/redoc").status_code == 404
    assert "jsdelivr" not in httpx.get(f"{gateway.url}/schema").text


def test_one_keep_alive_pool_carries_many_callers(gateway: Gateway) -> None:
    with concurrent.futures.ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(lambda _: _heat(gateway).status_code, range(64)))
    assert answers == [200] * 64
