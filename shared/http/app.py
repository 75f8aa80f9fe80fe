"""The Litestar application that every HTTP process starts from."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any

from litestar import Litestar
from litestar.di import Provide
from litestar.openapi.config import OpenAPIConfig
from litestar.types import ASGIApp, ControllerRouterHandler, Middleware

from shared.http.bodies import StrictRequest
from shared.http.health import ReportHealth, health_routes
from shared.http.metrics import SLOW_MS, HttpMetrics, Level, NoteRoute, Observed
from shared.http.problems import EXCEPTION_HANDLERS
from shared.http.tracing import Traced
from shared.tracing import flush, is_tracing

RELEASE_HEADER = "X-Butaca-Release"
Lifespan = Callable[[Litestar], AbstractAsyncContextManager[None] | AsyncGenerator[None, None]]


def create_http_app(  # noqa: PLR0913  # the wiring of a process, all by name
    *,
    routes: Sequence[ControllerRouterHandler],
    report_health: ReportHealth,
    lifespan: Sequence[Any],
    dependencies: Mapping[str, Provide],
    openapi: OpenAPIConfig | None = None,
    middleware: Sequence[Middleware] = (),
    before_request: Any = None,  # noqa: ANN401  # Litestar's hook type is not public
) -> Litestar:
    """Mount `routes` with health, request ids and problem documents."""
    return Litestar(
        route_handlers=[*routes, *health_routes(report_health)],
        exception_handlers=EXCEPTION_HANDLERS,
        middleware=[*middleware, NoteRoute],
        lifespan=[_send_traces, *lifespan],
        dependencies=dict(dependencies),
        before_request=before_request,
        openapi_config=openapi,
        request_class=StrictRequest,
        logging_config=None,
    )


def observe_app(
    app: ASGIApp, metrics: HttpMetrics, *, level: Level = "debug", slow_ms: float = SLOW_MS
) -> ASGIApp:
    """Put what counts, logs and traces requests around everything else."""
    return Observed(Traced(app) if is_tracing() else app, metrics, level=level, slow_ms=slow_ms)


@asynccontextmanager
async def _send_traces(_: Litestar) -> AsyncGenerator[None]:
    """Send the last spans before the process ends."""
    yield
    if is_tracing():
        await asyncio.to_thread(flush)
