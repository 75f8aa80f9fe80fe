"""Readiness of the whole: ready while a service is, so that what it answers is answered."""

import asyncio
from collections.abc import Sequence

from services.gateway.clients import ServiceClient
from services.gateway.degraded import Degraded
from services.gateway.pointer import PointerWatcher
from shared.contracts.releases import HealthReport
from shared.http.health import NOT_READY, READY


class Readiness:
    """Asks the services when it is asked, and by itself now and then.

    So what they lack is known where no request reaches them, and a service that is only slow
    for a moment has answered a moment ago.
    """

    def __init__(
        self,
        clients: Sequence[ServiceClient],
        pointer: PointerWatcher,
        degraded: Degraded,
        *,
        poll_s: float,
    ) -> None:
        """Report on `clients` and `pointer`."""
        self._clients = clients
        self._pointer = pointer
        self._degraded = degraded
        self._poll_s = poll_s
        self._asking: asyncio.Task[HealthReport] | None = None
        self._named: str | None = None

    async def run(self) -> None:
        """Poll until cancelled."""
        while True:
            await self._ask()
            await asyncio.sleep(self._poll_s)

    async def report(self) -> HealthReport:
        """Return what the services say; many who ask at once cost them one question."""
        if self._asking is None or self._asking.done():
            self._asking = asyncio.create_task(self._ask())
        return await asyncio.shield(self._asking)

    async def _ask(self) -> HealthReport:
        """Ask all services at once; what is wrong is named after the one that says it."""
        reports = await asyncio.gather(*(client.health() for client in self._clients))
        served = [said.release for said in reports if said.status == READY]
        if self._pointer.reason is None and any(
            each not in {None, self._pointer.release} for each in served
        ):
            # They may have seen a new pointer first, and kept answers must follow it too.
            await self._pointer.refresh()
        reasons = [
            f"{client.name}: {reason}"
            for client, said in zip(self._clients, reports, strict=True)
            for reason in said.reasons
        ]
        if self._pointer.reason is not None:
            reasons.append(f"gateway: {self._pointer.reason}")
        return HealthReport(
            status=READY if served else NOT_READY,
            release=self._name(served),
            reasons=reasons,
            degraded=self._degraded.words,
        )

    def _name(self, served: Sequence[str | None]) -> str | None:
        """The live release once it is all that is served, until then the one before it.

        That is also where a service has refused the live one, or Redis has lost its data.
        """
        live = self._pointer.release
        apart = len({*served} - {None}) > 1
        # Nobody can tell which of two is the newer one while Redis is away.
        if not (apart and self._pointer.reason is not None and self._named in served):
            self._named = next((each for each in served if each not in {None, live}), live)
        return self._named
