"""What the gateway says of the whole, and what it costs the services to be asked."""

import asyncio
from typing import Any

import pytest

from services.gateway.degraded import Degraded
from services.gateway.readiness import Readiness
from shared.contracts.releases import HealthReport
from shared.http.health import NOT_READY, READY


class Pointer:
    """A pointer that was read."""

    release: str | None = "1-aaaaaaaaaaaa"
    reason: str | None = None
    # What is found when it is read again.
    newer: str | None = None

    async def refresh(self) -> None:
        self.release = self.newer or self.release


class Service:
    """A service that answers when it may, and counts how often it is asked."""

    def __init__(
        self, name: str, status: str = READY, release: str | None = Pointer.release
    ) -> None:
        self.name = name
        self.status = status
        self.release = release
        self.asked = 0
        self.may_answer = asyncio.Event()

    async def health(self) -> HealthReport:
        self.asked += 1
        await self.may_answer.wait()
        return HealthReport(
            status=self.status,
            release=self.release,
            reasons=["loading"] * (self.status != READY),
        )


def _answering(name: str, status: str, release: str | None = Pointer.release) -> Service:
    service = Service(name, status, release)
    service.may_answer.set()
    return service


def _readiness(*services: Any, live: str | None = Pointer.release) -> Readiness:  # noqa: ANN401  # as ServiceClient
    pointer: Any = Pointer()
    pointer.release = live
    return Readiness(services, pointer, Degraded(lambda: ("store",)), poll_s=60)


async def test_many_who_ask_at_once_cost_the_services_one_question() -> None:
    service = Service("queries")
    readiness = _readiness(service)
    asking = [asyncio.create_task(readiness.report()) for _ in range(50)]
    await asyncio.sleep(0)
    service.may_answer.set()
    reports = await asyncio.gather(*asking)
    assert {report.status for report in reports} == {READY}
    assert service.asked == 1
    service.status = NOT_READY
    assert (await readiness.report()).reasons == ["queries: loading"]
    assert service.asked == 2


async def test_one_who_leaves_takes_the_answer_from_nobody() -> None:
    service = Service("queries")
    readiness = _readiness(service)
    leaving, staying = (asyncio.create_task(readiness.report()) for _ in range(2))
    await asyncio.sleep(0)
    leaving.cancel()
    service.may_answer.set()
    assert (await staying).status == READY
    assert leaving.cancelled()


@pytest.mark.parametrize(
    ("statuses", "whole"),
    [
        ((READY, READY), READY),
        ((READY, NOT_READY), READY),
        ((NOT_READY, READY), READY),
        ((NOT_READY, NOT_READY), NOT_READY),
    ],
)
async def test_the_whole_is_ready_while_a_service_is(
    statuses: tuple[str, str], whole: str
) -> None:
    names = ("queries", "recommender")
    services = [_answering(*each) for each in zip(names, statuses, strict=True)]
    report = await _readiness(*services).report()
    missing = [name for name, status in zip(names, statuses, strict=True) if status != READY]
    assert (report.status, report.reasons) == (whole, [f"{name}: loading" for name in missing])
    assert (report.release, report.degraded) == (Pointer.release, ["store"])


@pytest.mark.parametrize(
    ("live", "served", "said"),
    [
        ("2-b", ("2-b", "2-b"), "2-b"),
        ("2-b", ("1-a", "1-a"), "1-a"),
        ("2-b", ("2-b", "1-a"), "1-a"),
        ("2-b", ("1-a", "2-b"), "1-a"),
        ("2-b", (None, "2-b"), "2-b"),
        ("2-b", (None, None), "2-b"),
        (None, ("1-a", "1-a"), "1-a"),
        (None, (None, "1-a"), "1-a"),
        (None, (None, None), None),
    ],
)
async def test_the_live_release_is_named_once_all_that_answers_is_of_it(
    live: str | None, served: tuple[str | None, str | None], said: str | None
) -> None:
    services = [
        _answering(name, NOT_READY if release is None else READY, release)
        for name, release in zip(("queries", "recommender"), served, strict=True)
    ]
    assert (await _readiness(*services, live=live).report()).release == said


@pytest.mark.parametrize(
    ("served", "said"),
    [(("2-b", "1-a"), "1-a"), (("1-a", "2-b"), "1-a"), (("2-b", "2-b"), "2-b")],
)
async def test_services_that_swap_before_the_gateway_looks_name_nothing_too_early(
    served: tuple[str, str], said: str
) -> None:
    services: list[Any] = [
        _answering(name, READY, release)
        for name, release in zip(("queries", "recommender"), served, strict=True)
    ]
    pointer: Any = Pointer()
    pointer.release, pointer.newer = "1-a", "2-b"
    readiness = Readiness(services, pointer, Degraded(), poll_s=60)
    assert (await readiness.report()).release == said
    assert pointer.release == "2-b"


async def test_while_the_pointer_cannot_be_read_a_swap_that_is_under_way_names_the_old_one() -> (
    None
):
    services: list[Any] = [_answering(name, READY, "1-a") for name in ("queries", "recommender")]
    pointer: Any = Pointer()
    pointer.release = "1-a"
    readiness = Readiness(services, pointer, Degraded(), poll_s=60)
    assert (await readiness.report()).release == "1-a"
    pointer.reason = "Redis does not answer."
    services[0].release = "2-b"
    assert (await readiness.report()).release == "1-a"
    services[1].release = "2-b"
    assert (await readiness.report()).release == "2-b"
