"""What the gateway says of the whole, and what it costs the services to be asked."""

import asyncio
from typing import Any

from services.gateway.degraded import Degraded
from services.gateway.readiness import Readiness
from shared.contracts.releases import HealthReport
from shared.http.health import NOT_READY, READY


class Service:
    """A service that answers when it may, and counts how often it is asked."""

    def __init__(self, name: str, status: str = READY) -> None:
        self.name = name
        self.status = status
        self.asked = 0
        self.may_answer = asyncio.Event()

    async def health(self) -> HealthReport:
        self.asked += 1
        await self.may_answer.wait()
        return HealthReport(status=self.status, reasons=["loading"] * (self.status != READY))


class Pointer:
    """A pointer that was read."""

    release = "1-aaaaaaaaaaaa"
    reason: str | None = None


def _readiness(*services: Any) -> Readiness:  # noqa: ANN401  # as ServiceClient
    pointer: Any = Pointer()
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


async def test_the_whole_is_ready_when_every_service_is() -> None:
    services = [Service("queries"), Service("recommender", NOT_READY)]
    for service in services:
        service.may_answer.set()
    report = await _readiness(*services).report()
    assert (report.status, report.reasons) == (NOT_READY, ["recommender: loading"])
    assert (report.release, report.degraded) == (Pointer.release, ["store"])
