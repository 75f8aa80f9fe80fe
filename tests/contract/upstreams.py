"""Services behind the gateway, as small real apps on loopback ports."""

import asyncio
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import uvicorn
from litestar import Litestar, Request, Response, get
from litestar.types import ASGIApp

from shared.contracts.releases import HealthReport
from shared.errors import TitleNotFoundError
from shared.http.problems import EXCEPTION_HANDLERS, SPANISH
from shared.http.request_id import RequestIdMiddleware


class State:
    """What a fake service says next."""

    release: str = "1-aaaaaaaaaaaa"
    # What its readiness names, if another one.
    named: str | None = None
    delay_s: float = 0.0
    is_ready: bool = True
    degraded: str = ""
    health_delay_s: float = 0.0
    asked: int = 0

    @property
    def headers(self) -> dict[str, str]:
        """What every answer carries."""
        return {"X-Butaca-Degraded": self.degraded} if self.degraded else {}


def service(state: State) -> Litestar:
    """Answer `/recomendacion` with the title it was asked for, and the release of `state`."""

    @get(["/recomendacion", "/score_titulo"], opt=SPANISH)
    async def echo(request: Request[Any, Any, Any]) -> Response[list[str]]:
        state.asked += 1
        await asyncio.sleep(state.delay_s)
        title = request.query_params["titulo"]
        if title == "nada":
            raise TitleNotFoundError("No hay ninguna.", suggestions=["Nadar"])
        headers = {
            "X-Butaca-Release": state.release,
            "X-Butaca-Movie-Id": "862",
            **state.headers,
            "Seen-Request-Id": request.headers.get("x-request-id", ""),
        }
        return Response([title, state.release], headers=headers)

    @get("/health/ready")
    async def ready() -> Response[HealthReport]:
        await asyncio.sleep(state.health_delay_s)
        if state.is_ready:
            report = HealthReport(status="ready", release=state.named or state.release)
            return Response(report, headers=state.headers)
        return Response(
            HealthReport(status="not_ready", reasons=["no release is loaded"]), status_code=503
        )

    return Litestar(
        [echo, ready],
        exception_handlers=EXCEPTION_HANDLERS,
        middleware=[RequestIdMiddleware],
        openapi_config=None,
        logging_config=None,
    )


def free_port() -> int:
    """Return a port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class PromptServer(uvicorn.Server):
    """Ends within a hundredth of a second instead of a tenth: hundreds of tests start some."""

    async def main_loop(self) -> None:
        """Wait for the end."""
        ticks = 0
        while not await self.on_tick(ticks):
            ticks += 1
            await asyncio.sleep(0.01)


@contextmanager
def serving(app: ASGIApp) -> Iterator[str]:
    """Serve `app` from a thread; give its address."""
    port = free_port()
    config = uvicorn.Config(
        app, host="127.0.0.1", port=port, log_config=None, lifespan="on", ws="none"
    )
    server = PromptServer(config)
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        until = time.monotonic() + 10
        while not server.started and time.monotonic() < until:
            time.sleep(0.01)
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        thread.join(10)
