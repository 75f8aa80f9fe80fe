"""Metrics, traces and logs of the real processes, and what the dashboard reads of them."""

import json
import random
import re
import secrets
import string
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import redis
import urllib3
import yaml

from cli.processes import find_free_ports
from services.gateway.app import create_app
from services.gateway.settings import GatewaySettings
from shared.queue import JobQueue
from shared.redis_keys import RedisKeys
from shared.releases.store import ReleaseStore
from tests.contract.upstreams import serving
from tests.faults.house import House
from tests.faults.parts import until
from tests.integration.promql import Series, labels_of, read_series, uses_of, what_is_missing
from tests.integration.traces import Collector, Span, collecting

DEPLOY = Path(__file__).parents[2] / "deploy"
DASHBOARD = DEPLOY / "grafana/butaca.json"
ALERTS = DEPLOY / "prometheus/alerts.yml"
CONFIG = DEPLOY / "prometheus/prometheus.yml"
WAIT_S = 20


class Seen(NamedTuple):
    """An installation, where its traces go, and where its worker answers Prometheus."""

    house: House
    collector: Collector
    worker_url: str


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Seen]:
    """One installation for all, which sends its traces to a collector of ours."""
    house = House(tmp_path_factory.mktemp("observed"), movies=40)
    port = find_free_ports(1)[0]
    with collecting() as collector:
        for part in house.parts.values():
            part.environ |= {
                "OTEL_EXPORTER_OTLP_ENDPOINT": collector.url,
                "OTEL_BSP_SCHEDULE_DELAY": "100",
            }
        house.worker.environ["BUTACA_WORKER_METRICS_PORT"] = str(port)
        try:
            house.start()
            house.wait_ready(within_s=120)
            yield Seen(house, collector, f"http://127.0.0.1:{port}/metrics")
        finally:
            house.close()


def scrape(seen: Seen) -> dict[str, dict[str, Series]]:
    """The series of each process by name; names without samples are there too."""
    texts = {name: seen.house.get("/metrics", name=name).data for name in seen.house.urls}
    texts["worker"] = urllib3.PoolManager().request("GET", seen.worker_url).data
    return {name: read_series(text.decode()) for name, text in texts.items()}


def expressions() -> list[str]:
    dashboard = json.loads(DASHBOARD.read_text())
    alerts = yaml.safe_load(ALERTS.read_text())
    asked = [each["expr"] for each in dashboard["annotations"]["list"]]
    asked += [
        target["expr"] for panel in dashboard["panels"] for target in panel.get("targets", ())
    ]
    return asked + [rule["expr"] for group in alerts["groups"] for rule in group["rules"]]


def test_dashboard_and_alerts_read_only_what_the_processes_tell(seen: Seen) -> None:
    for _ in range(2):
        assert seen.house.get("/v1/movies/7").status == 200
    told = labels_of(scrape(seen))
    asked = expressions()
    assert not [each for each in asked if not list(uses_of(each))]
    assert not [missing for each in asked for missing in what_is_missing(each, told)]
    read = {use.name for each in asked for use in uses_of(each)}
    ours = {name for name in told if name.startswith("butaca_")}
    # What is measured is looked at, too.
    bases = {re.sub(r"_(bucket|count|sum|total)$", "", name) for name in ours}
    assert bases == {re.sub(r"_(bucket|count|sum|total)$", "", n) for n in read & ours}


def test_an_expression_that_reads_something_else_is_noticed(seen: Seen) -> None:
    told = labels_of(scrape(seen))
    wrong = {
        "sum(rate(butaca_http_requests[5m]))": ["butaca_http_requests"],
        'butaca_ready{proces="gateway"} == 0': ["butaca_ready{proces=gateway}"],
        'butaca_ready{process="gate"} == 0': ["butaca_ready{process=gate}"],
        "max by (reason) (butaca_ready) > 1.5": ["butaca_ready by reason"],
        'up{job="x"} or max by (process) (butaca_ready{process!="a,b"})': [],
    }
    assert {each: list(what_is_missing(each, told)) for each in wrong} == wrong


def test_every_alert_names_its_section_of_the_runbook() -> None:
    groups = yaml.safe_load(ALERTS.read_text())["groups"]
    rules = [rule for group in groups for rule in group["rules"]]
    anchors = [rule["annotations"]["runbook"] for rule in rules]
    assert all(re.fullmatch(r"docs/operations\.md#[a-z-]+", each) for each in anchors)
    assert len(set(anchors)) == len(rules) > 10
    assert all(rule["labels"]["severity"] in {"critical", "warning"} for rule in rules)
    jobs = [each["job_name"] for each in yaml.safe_load(CONFIG.read_text())["scrape_configs"]]
    assert jobs == [f"butaca-{name}" for name in ("gateway", "queries", "recommender", "worker")]


def test_every_process_tells_of_itself_and_of_what_it_serves(seen: Seen) -> None:
    told = scrape(seen)
    assert set(told) == {"gateway", "queries", "recommender", "worker"}
    for name, series in told.items():
        assert series["process_resident_memory_bytes"].count == 1
        assert series["butaca_redis_up"].labels == {"process": {name}}
    for name in ("gateway", "queries", "recommender"):
        for metric in ("number", "age_seconds", "served_seconds", "movies", "quarantined_rows"):
            assert told[name][f"butaca_release_{metric}"].labels == {"process": {name}}
    values = samples(seen, "gateway")
    assert values['butaca_release_number{process="gateway"}'] == seen.house.live().number
    assert values['butaca_release_movies{process="gateway"}'] == 40
    assert values["butaca_worker_up"] == 1
    assert 0 <= values["butaca_worker_heartbeat_age_seconds"] < 20
    assert values['butaca_queue_jobs{queue="butaca-build"}'] == 0
    worker = {
        line.rpartition(" ")[0]: float(line.rpartition(" ")[2])
        for line in urllib3.PoolManager()
        .request("GET", seen.worker_url)
        .data.decode()
        .splitlines()
        if not line.startswith("#")
    }
    assert worker['butaca_jobs_total{name="build",outcome="finished"}'] >= 1
    assert worker['butaca_job_seconds_count{name="build"}'] >= 1
    assert worker['butaca_build_step_seconds{step="embed"}'] > 0
    assert worker["butaca_redis_used_memory_bytes"] > 1_000_000


def samples(seen: Seen, name: str) -> dict[str, float]:
    lines = seen.house.get("/metrics", name=name).data.decode().splitlines()
    pairs = (line.rpartition(" ") for line in lines if not line.startswith("#"))
    return {series: float(value) for series, _, value in pairs}


def test_a_thousand_strange_paths_and_methods_make_no_series(seen: Seen) -> None:
    chance = random.Random(1)  # noqa: S311  # no secret
    letters = string.ascii_letters + string.digits + "/%~."
    pool = urllib3.PoolManager(retries=False)
    before = {name: len(samples(seen, name)) for name in seen.house.urls}
    for number in range(1000):
        path = "".join(chance.choices(letters, k=chance.randint(1, 60))).replace("%", "%25")
        heads = ("/", "/v1/", "/v1/movies/", "/recomendacion/", "/v1/jobs/")
        method = "BREW" if number % 50 == 0 else "GET"
        pool.request(method, f"{seen.house.url}{heads[number % 5]}{path}").drain_conn()
    for name in ("queries", "recommender"):
        for _ in range(20):
            pool.request("GET", f"{seen.house.urls[name]}/{secrets.token_urlsafe()}")
    after = {name: samples(seen, name) for name in seen.house.urls}
    routes = {part for part in re.findall(r'route="([^"]*)"', " ".join(after["gateway"])) if part}
    assert all(route.startswith("/") or route == "unmatched" for route in routes)
    assert not [route for route in routes if re.search(r"%25|~", route)]
    assert 'method="other"' in " ".join(after["gateway"])
    assert "BREW" not in " ".join(after["gateway"])
    # A histogram has 17 series for each of a few routes, methods and classes of status.
    for name, series in after.items():
        assert len(series) - before[name] < 20 * 17, name


def test_only_operators_read_the_metrics_of_the_gateway(seen: Seen) -> None:
    pool = urllib3.PoolManager(retries=False)
    assert pool.request("GET", f"{seen.house.url}/metrics").status == 401
    key = {"Authorization": "Bearer admin-key-of-the-fault-tests"}
    answer = pool.request("GET", f"{seen.house.url}/metrics", headers=key)
    assert (answer.status, answer.headers["content-type"]) == (
        200,
        "text/plain; version=0.0.4; charset=utf-8",
    )


@pytest.mark.parametrize("reads_open", [False, True])
@pytest.mark.parametrize("metrics_open", [False, True])
def test_a_setting_opens_the_metrics_of_the_gateway_whatever_else_is_closed(
    redis_client: redis.Redis, redis_keys: RedisKeys, *, metrics_open: bool, reads_open: bool
) -> None:
    settings = GatewaySettings(metrics_open=metrics_open, reads_open=reads_open)
    app = create_app(
        settings,
        queue=JobQueue(redis_client, redis_keys),
        store=ReleaseStore(redis_client, redis_keys),
    )
    with serving(app) as url:
        answer = urllib3.PoolManager(retries=False).request("GET", f"{url}/metrics")
    assert (answer.status == 200) == metrics_open
    assert metrics_open or answer.json()["code"] in {"unauthenticated", "ops_forbidden"}


def traceparent() -> tuple[str, dict[str, str]]:
    trace = secrets.token_hex(16)
    return trace, {"traceparent": f"00-{trace}-{'ab' * 8}-01"}


def wait_for_spans(seen: Seen, trace: str, *names: str) -> list[Span]:
    until(
        lambda: set(names) <= {span.name for span in seen.collector.of(trace)},
        WAIT_S,
        lambda: f"{names}, only {[(s.process, s.name) for s in seen.collector.of(trace)]}",
    )
    return seen.collector.of(trace)


def test_a_request_is_one_trace_from_the_caller_through_the_gateway_to_the_service(
    seen: Seen,
) -> None:
    trace, headers = traceparent()
    answer = seen.house.send("GET", "/v1/movies/9", headers=headers)
    assert answer.status == 200
    spans = wait_for_spans(seen, trace, "call queries", "GET /v1/movies/{movie_id}")
    until(lambda: len(seen.collector.of(trace)) >= 3, WAIT_S, "the span of the service")
    spans = seen.collector.of(trace)
    by_process = {(span.process, span.name): span for span in spans}
    served = by_process["butaca-gateway", "GET /v1/movies/{movie_id}"]
    called = by_process["butaca-gateway", "call queries"]
    answered = next(span for span in spans if span.process == "butaca-queries")
    assert (served.parent, called.parent, answered.parent) == ("ab" * 8, served.id, called.id)
    assert served.attributes["http.response.status_code"] == "200"
    assert served.attributes["butaca.release"] == seen.house.live().label
    request_id = answer.headers["x-request-id"]
    assert served.attributes["butaca.request_id"] == request_id
    assert answered.attributes["butaca.request_id"] == request_id


def test_a_build_is_one_trace_from_the_request_through_every_step_to_redis(seen: Seen) -> None:
    trace, headers = traceparent()
    body = {"name": "build", "force": True}
    answer = seen.house.send("POST", "/v1/jobs", json=body, headers=headers)
    assert answer.status == 202
    job = seen.house.ended(answer.json()["id"])
    assert job.status == "finished"
    spans = wait_for_spans(seen, trace, "enqueue build", "job build", "step publish")
    named = {span.name: span for span in spans}
    assert named["POST /v1/jobs"].parent == "ab" * 8
    assert named["enqueue build"].process == "butaca-gateway"
    assert named["job build"].process == "butaca-worker"
    assert named["job build"].parent == named["enqueue build"].id
    assert named["job build"].attributes["butaca.job"] == job.id
    steps = {span.name.removeprefix("step "): span for span in spans if "step " in span.name}
    assert {"sources", "gate", "upload", "publish"} <= set(steps)
    assert {span.parent for span in steps.values()} == {named["job build"].id}
    redis_spans = [span for span in spans if span.parent == steps["upload"].id]
    assert {span.attributes["db.system"] for span in redis_spans} == {"redis"}
    shown = {span.attributes["db.statement"] for span in redis_spans}
    assert shown
    # A pipeline shows each of its commands on a line.
    lines = [line for text in shown for line in text.splitlines()]
    assert not [line for line in lines if set(line.split()[1:]) - {"?"}]
    seen.house.wait_ready(seen.house.live().label)


def test_polling_and_health_checks_make_no_traces_and_no_trace_has_a_key(seen: Seen) -> None:
    seen.house.get("/health/ready")
    seen.house.get("/metrics")
    names = {span.name for span in seen.collector.spans}
    assert not [name for name in names if "health" in name or "metrics" in name]
    roots = {span.name for span in seen.collector.spans if not span.parent}
    assert not [name for name in roots if name in {"GET", "MGET", "SET", "EVALSHA", "PING"}]
    assert "admin-key-of-the-fault-tests" not in repr(seen.collector.spans)


def events(seen: Seen, name: str) -> list[dict[str, Any]]:
    lines = seen.house.parts[name].said().splitlines()
    return [json.loads(line) for line in lines if line.startswith("{")]


def test_a_request_is_one_event_under_its_id_and_a_kept_answer_is_none(seen: Seen) -> None:
    asked = f"once-{secrets.token_hex(4)}"
    for _ in range(3):
        seen.house.send("GET", "/v1/movies/11", headers={"X-Request-Id": asked})
    found = [each for each in events(seen, "gateway") if each.get("request_id") == asked]
    assert [(each["event"], each["level"]) for each in found] == [("request", "info")]
    assert (found[0]["method"], found[0]["route"]) == ("GET", "/v1/movies/{movie_id}")
    assert (found[0]["status"], found[0]["process"]) == (200, "gateway")
    assert found[0]["release"] == seen.house.live().label
    assert found[0]["ms"] > 0
    routes = {each.get("route") for each in events(seen, "gateway")}
    assert not routes & {"/health/live", "/health/ready", "/metrics"}
    # The services say at `debug` what the gateway has said already.
    assert not [each for each in events(seen, "queries") if each.get("request_id") == asked]


def test_what_is_left_of_a_trace_is_sent_when_a_process_ends(seen: Seen) -> None:
    trace, headers = traceparent()
    late = seen.house.add_service("queries", "late")
    late.start(OTEL_EXPORTER_OTLP_ENDPOINT=seen.collector.url, OTEL_BSP_SCHEDULE_DELAY="600000")
    until(lambda: seen.house.health("late")[0] == 200, 60, late.said)
    assert seen.house.send("GET", "/v1/movies/7", name="late", headers=headers).status == 200
    assert seen.collector.of(trace) == []
    assert late.stop() == 0
    wait_for_spans(seen, trace, "GET /v1/movies/{movie_id}")
    seen.house.remove("late")
