"""Queries or recommender killed, hung, slow; a pointer that moves unseen; a clock that jumps."""

import json
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from typing import Any

import pytest

from services.gateway.clients import PATIENCE_S
from services.gateway.settings import GatewaySettings
from shared.http.degraded import HEADER, split_words
from tests.faults.fresh import USUAL, Fresh
from tests.faults.house import SERVICES, House
from tests.faults.parts import until
from tests.faults.prober import Prober, Seen, failures, mixed, percentile
from tests.faults.slow_link import SlowLink
from tests.faults.table import Record

OTHER = {"queries": "recommender", "recommender": "queries"}
LEG = {"queries": "lexical", "recommender": "semantic"}
DEADLINE_S = GatewaySettings().deadline_s
# What a machine that does other work too may add.
MARGIN_S = 1.0
CALLERS = 20
QUICK_S = 0.5


@pytest.fixture(scope="module")
def fresh() -> Fresh:
    return Fresh()


def _is_well(house: House, fresh: Fresh, service: str, gateway: str = "gateway") -> bool:
    return house.get(fresh.path(service), name=gateway).status == 200


def _refusal(house: House, path: str, gateway: str = "gateway") -> tuple[float, Any, Any]:
    """Ask; return seconds, the answer and its problem document."""
    began = time.monotonic()
    answer = house.get(path, name=gateway)
    return time.monotonic() - began, answer, json.loads(answer.data)


def _ask_while_others_wait(
    house: House, fresh: Fresh, service: str, gateway: str = "gateway"
) -> list[Seen]:
    """Ask the other service 40 things while callers wait for this one; return those answers."""
    prober = Prober(house.urls[gateway], ())
    with closing(prober), ThreadPoolExecutor(CALLERS) as pool:
        waiting = [
            pool.submit(house.get, fresh.path(service), name=gateway) for _ in range(CALLERS)
        ]
        for _ in range(40):
            prober.ask(fresh.path(OTHER[service]))
        assert {each.result().status for each in waiting} <= {503, 504}
    return prober.seen


def _lacking(house: House, path: str) -> list[str]:
    """What an answer says that is missing just now."""
    answer = house.get(path)
    assert answer.status == 200, answer.data
    return list(split_words(answer.headers.get(HEADER, "")))


def _check_hybrid(house: House, fresh: Fresh, service: str, gateway: str = "gateway") -> float:
    """The other half answers, and says which half is missing; return the seconds."""
    began = time.monotonic()
    answer = house.get(fresh.path("hybrid"), name=gateway)
    took = time.monotonic() - began
    assert answer.status == 200, answer.data
    body = json.loads(answer.data)
    assert body["answered_by"] == [LEG[OTHER[service]]]
    assert [each["leg"] for each in body["missing"]] == [LEG[service]]
    assert answer.headers["X-Butaca-Missing"] == LEG[service]
    assert "ETag" not in answer.headers
    return took


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_that_is_killed_is_a_503_that_names_it(
    house: House, fresh: Fresh, record: Record, service: str
) -> None:
    gateway_pid = house.gateway.pid
    assert _is_well(house, fresh, service)
    house.parts[service].kill_all()
    took, answer, problem = _refusal(house, fresh.path(service))
    assert (answer.status, problem["code"]) == (503, "upstream_unavailable")
    assert problem["service"] == service
    assert int(answer.headers["Retry-After"]) >= 1
    assert took < QUICK_S + MARGIN_S
    others = _ask_while_others_wait(house, fresh, service)
    assert failures(others) == []
    hybrid = _check_hybrid(house, fresh, service)
    status, report = house.health()
    assert (status, f"{service}: it cannot be reached" in report.reasons) == (200, True)
    assert service in report.degraded
    assert _lacking(house, fresh.path(OTHER[service])) == report.degraded
    house.start(service)
    back = until(lambda: _is_well(house, fresh, service), 60, house.describe)
    assert house.gateway.pid == gateway_pid
    record(
        f"{service} killed",
        "503 at once with service and Retry-After; the other's routes untouched, and they and "
        "health name it; hybrid search from the other half; well again without a restart of the "
        "gateway",
        f"503 in {took * 1000:.0f} ms; other: {len(others)} answers, 0 failed, p99 "
        f"{percentile(others, 0.99) * 1000:.0f} ms; hybrid {hybrid * 1000:.0f} ms; back "
        f"{back:.1f} s after its start",
    )


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_that_hangs_is_a_504_at_the_deadline(
    house: House, fresh: Fresh, record: Record, service: str
) -> None:
    gateway_pid = house.gateway.pid
    assert _is_well(house, fresh, service)
    house.parts[service].hang()
    took, answer, problem = _refusal(house, fresh.path(service))
    assert (answer.status, problem["code"]) == (504, "upstream_timeout")
    assert problem["service"] == service
    assert int(answer.headers["Retry-After"]) >= 1
    assert DEADLINE_S - 0.1 < took < DEADLINE_S + MARGIN_S
    others = _ask_while_others_wait(house, fresh, service)
    assert failures(others) == []
    assert percentile(others, 0.99) < QUICK_S + MARGIN_S
    hybrid = _check_hybrid(house, fresh, service)
    assert hybrid < DEADLINE_S
    missing = until(lambda: service in house.health()[1].degraded, PATIENCE_S + 5, house.describe)
    assert house.health()[0] == 200
    assert service in _lacking(house, fresh.path(OTHER[service]))
    house.parts[service].resume()
    back = until(lambda: _is_well(house, fresh, service), 10, house.describe)
    house.wait_ready(within_s=15)
    assert house.gateway.pid == gateway_pid
    record(
        f"{service} hung (SIGSTOP)",
        f"504 at the deadline of {DEADLINE_S:g} s with service and Retry-After; the other's "
        "routes untouched; hybrid search from the other half; named by health and answers after "
        "some seconds; well again at once",
        f"504 in {took:.2f} s; other: {len(others)} answers while {CALLERS} callers waited, 0 "
        f"failed, p99 {percentile(others, 0.99) * 1000:.0f} ms; hybrid {hybrid:.2f} s; named "
        f"{missing:.1f} s later; back {back * 1000:.0f} ms after SIGCONT",
    )


@pytest.mark.parametrize("service", SERVICES)
def test_a_slow_service_answers_up_to_the_deadline_and_harms_no_other(
    house: House, fresh: Fresh, record: Record, service: str
) -> None:
    with SlowLink(house.urls[service]) as link:
        slow = house.add_gateway("slow")
        slow.environ[f"BUTACA_GATEWAY_{service.upper()}_URL"] = link.url
        try:
            house.start("slow")
            until(lambda: house.health("slow")[0] == 200, 30, house.describe)
            link.delay_s = 0.6
            took_well, answer, _ = _refusal(house, fresh.path(service), "slow")
            assert (answer.status, took_well >= 0.6) == (200, True)
            link.delay_s = 5.0
            took, answer, problem = _refusal(house, fresh.path(service), "slow")
            assert (answer.status, problem["code"]) == (504, "upstream_timeout")
            assert problem["service"] == service
            assert DEADLINE_S - 0.1 < took < DEADLINE_S + MARGIN_S
            others = _ask_while_others_wait(house, fresh, service, "slow")
            assert failures(others) == []
            hybrid = _check_hybrid(house, fresh, service, "slow")
            link.delay_s = 0.0
            until(lambda: _is_well(house, fresh, service, "slow"), 15, house.describe)
        finally:
            house.remove("slow")
    record(
        f"{service} slow",
        f"200 within {DEADLINE_S:g} s, else 504 with service; the other's routes untouched; "
        "hybrid search from the other half",
        f"0.6 s late: 200 in {took_well:.2f} s; 5 s late: 504 in {took:.2f} s; other: "
        f"{len(others)} answers, 0 failed, p99 {percentile(others, 0.99) * 1000:.0f} ms; hybrid "
        f"{hybrid:.2f} s",
    )


@pytest.mark.parametrize("service", SERVICES)
def test_a_pointer_that_moved_while_nobody_listened_is_followed(
    house: House, record: Record, service: str
) -> None:
    before = house.live().label
    house.parts[service].hang()
    house.new_films()
    job = house.ended(house.start_build(force=True).id)
    assert job.status == "finished", job.error
    after = house.live().label
    assert before != after
    house.parts[service].resume()
    resumed = time.monotonic()
    with Prober(house.url, USUAL) as prober:
        until(lambda: house.health(service)[1].release == after, 10, house.describe)
        swapped = time.monotonic() - resumed
        house.wait_ready(after, within_s=15)
    assert failures(prober.since(resumed + 0.5)) == []
    assert mixed(prober.seen) == []
    record(
        f"{service} misses the news of a release",
        "polling finds it a few seconds after SIGCONT; 0 failed, 0 mixed",
        f"swapped {swapped:.1f} s after SIGCONT; {len(prober.seen)} answers, 0 failed, 0 mixed",
    )
