"""Readiness of the whole: ready when both services are."""

import asyncio
from collections.abc import Sequence

from services.gateway.clients import ServiceClient
from services.gateway.pointer import PointerWatcher
from shared.contracts.releases import HealthReport
from shared.http.health import NOT_READY, READY, ReportHealth


def gateway_health(clients: Sequence[ServiceClient], pointer: PointerWatcher) -> ReportHealth:
    """Ask all services at once; what is wrong is named after the one that says it."""

    async def report() -> HealthReport:
        reports = await asyncio.gather(*(client.health() for client in clients))
        reasons = [
            f"{client.name}: {reason}"
            for client, said in zip(clients, reports, strict=True)
            for reason in said.reasons
        ]
        if pointer.reason is not None:
            reasons.append(f"gateway: {pointer.reason}")
        is_ready = all(said.status == READY for said in reports)
        return HealthReport(
            status=READY if is_ready else NOT_READY, release=pointer.release, reasons=reasons
        )

    return report
