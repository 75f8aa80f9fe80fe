"""What the outermost layer counts and logs of a request, and what `/metrics` says of it."""

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest
import structlog
from litestar import Litestar, Request, get, post
from litestar.params import FromPath
from litestar.testing import TestClient
from litestar.types import Receive, Scope, Send
from prometheus_client import CollectorRegistry

from shared.contracts.releases import HealthReport
from shared.http.metrics import (
    SLOW_MS,
    UNMATCHED,
    HttpMetrics,
    Level,
    NoteRoute,
    Observed,
    metrics_route,
    note_kept,
    seen_of,
    shown_path,
)
from tests.unit.gateway.answers import Sent, receive, scope

NAME = "butaca_http_request_seconds_count"


@get("/films/{film_id:int}")
async def film(film_id: FromPath[int]) -> dict[str, int]:
    return {"id": film_id}


@get("/health/live")
async def live() -> str:
    return "live"


@get("/broken")
async def broken() -> None:
    raise RuntimeError("on purpose")


@post("/echo")
async def echo(request: Request[Any, Any, Any]) -> str:
    return (await request.body()).decode()


class Layers:
    """An app behind the layers, and what was counted and logged."""

    def __init__(self, *, level: Level = "debug", slow_ms: float = SLOW_MS) -> None:
        self.registry = CollectorRegistry()
        self.metrics = HttpMetrics("gateway", self.registry)
        app = Litestar([film, live, broken, echo], middleware=[NoteRoute], logging_config=None)
        self.app = Observed(app, self.metrics, level=level, slow_ms=slow_ms)

    def count(self, route: str, method: str = "GET", status: str = "2xx") -> float | None:
        labels = {"process": "gateway", "method": method, "route": route, "status": status}
        return self.registry.get_sample_value(NAME, labels)


@pytest.fixture
def events() -> Iterator[list[Any]]:
    with structlog.testing.capture_logs() as captured:
        yield captured


def client(layers: Layers) -> TestClient[Any]:
    # It wants a Litestar; any ASGI app does.
    return TestClient(layers.app, raise_server_exceptions=False)  # type: ignore[type-var, arg-type]


def test_requests_are_counted_by_template_method_and_class_of_status() -> None:
    layers = Layers()
    with client(layers) as asking:
        for number in range(5):
            asking.get(f"/films/{number}")
        asking.post("/echo", content=b"x")
        asking.get("/films/none")
        asking.get("/broken")
    assert layers.count("/films/{film_id}") == 5
    assert layers.count("/echo", "POST") == 1
    assert layers.count(UNMATCHED, status="4xx") == 1
    assert layers.count("/broken", status="5xx") == 1


def test_unknown_methods_are_one_series() -> None:
    layers = Layers()
    with client(layers) as asking:
        for number in range(20):
            asking.request(f"BREW{number}", "/films/1")
    assert layers.count(UNMATCHED, "other", "4xx") == 20
    text = metrics_text(layers.registry)
    assert "BREW" not in text


def metrics_text(registry: CollectorRegistry) -> str:
    return "\n".join(
        f"{sample.name}{sample.labels}"
        for family in registry.collect()
        for sample in family.samples
    )


def test_ordinary_requests_are_events_of_the_given_level(events: list[Any]) -> None:
    with client(Layers(level="info")) as asking:
        asking.get("/films/1")
    assert [(each["event"], each["log_level"], each["route"]) for each in events] == [
        ("request", "info", "/films/{film_id}")
    ]
    assert "path" not in events[0]


def test_health_checks_and_what_no_route_matches_are_not_logged(events: list[Any]) -> None:
    with client(Layers(level="info")) as asking:
        asking.get("/health/live")
        asking.get("/nowhere")
    assert events == []


@pytest.mark.parametrize(("slow_ms", "level"), [(0.0001, "warning"), (60_000, "debug")])
def test_what_is_slow_is_a_warning_that_shows_its_path(
    events: list[Any], slow_ms: float, level: str
) -> None:
    with client(Layers(slow_ms=slow_ms)) as asking:
        asking.get("/films/1")
    assert [each["log_level"] for each in events] == [level]
    assert events[0].get("path") == ("/films/1" if level == "warning" else None)


def test_an_error_of_ours_is_a_warning(events: list[Any]) -> None:
    with client(Layers()) as asking:
        asking.get("/broken")
    requests = [each for each in events if each["event"] == "request"]
    assert [(each["log_level"], each["status"]) for each in requests] == [("warning", 500)]


def test_a_path_is_cut_and_shows_no_key() -> None:
    key = "butaca_a1b2c3_" + "s3cr3t" * 7
    assert shown_path(f"/v1/jobs/{key}") == "/v1/jobs/…"
    assert shown_path("/recomendacion/Toy Story") == "/recomendacion/Toy Story"
    assert len(shown_path("/a b" * 1000)) == 200


async def serve(app: Observed) -> None:
    await app(scope(), receive, Sent())


async def test_a_kept_answer_is_counted_under_its_route_and_not_logged(events: list[Any]) -> None:
    registry = CollectorRegistry()

    async def kept(asked: Scope, _receive: Receive, send: Send) -> None:
        note_kept(asked, "/films/{film_id}")
        await send({"type": "http.response.start", "status": 304, "headers": []})
        await send({"type": "http.response.body", "body": b"", "more_body": False})

    await serve(Observed(kept, HttpMetrics("gateway", registry), level="info"))
    labels = {"process": "gateway", "method": "GET", "route": "/films/{film_id}", "status": "3xx"}
    assert registry.get_sample_value(NAME, labels) == 1
    assert events == []


async def test_requests_in_progress_are_told_and_one_that_is_left_is_over() -> None:
    registry = CollectorRegistry()
    gauge = "butaca_http_requests_in_progress"
    started = asyncio.Event()

    async def hang(_scope: Scope, _receive: Receive, _send: Send) -> None:
        started.set()
        await asyncio.sleep(60)

    app = Observed(hang, HttpMetrics("queries", registry))
    task = asyncio.create_task(serve(app))
    await started.wait()
    assert registry.get_sample_value(gauge, {"process": "queries"}) == 1
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert registry.get_sample_value(gauge, {"process": "queries"}) == 0
    labels = {"process": "queries", "method": "GET", "route": UNMATCHED, "status": "4xx"}
    assert registry.get_sample_value(NAME, labels) == 1


async def test_an_app_that_ends_without_an_answer_counts_as_our_error() -> None:
    registry = CollectorRegistry()

    async def raising(_scope: Scope, _receive: Receive, _send: Send) -> None:
        raise ValueError("on purpose")

    with pytest.raises(ValueError, match="on purpose"):
        await serve(Observed(raising, HttpMetrics("queries", registry)))
    labels = {"process": "queries", "method": "GET", "route": UNMATCHED, "status": "5xx"}
    assert registry.get_sample_value(NAME, labels) == 1


def test_outside_the_layer_nothing_is_noted() -> None:
    bare = scope()
    assert seen_of(bare) is None
    note_kept(bare, "/films/{film_id}")
    assert bare == scope()


@pytest.mark.parametrize("status", ["ready", "not_ready"])
def test_metrics_tell_whether_the_process_is_ready_and_what_it_lacks(status: str) -> None:
    registry = CollectorRegistry()
    metrics = HttpMetrics("queries", registry)

    async def report() -> HealthReport:
        return HealthReport(status=status, degraded=["store"])

    app = Litestar([metrics_route(metrics, report)], logging_config=None)
    with TestClient(app) as asking:
        answer = asking.get("/metrics")
    assert answer.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    is_ready = float(status == "ready")
    assert f'butaca_ready{{process="queries"}} {is_ready}' in answer.text
    assert 'butaca_degraded{process="queries",word="store"} 1.0' in answer.text
    assert 'butaca_degraded{process="queries",word="release"} 0.0' in answer.text
    assert app.openapi_schema.paths == {}
