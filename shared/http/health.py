"""Liveness and readiness, the same on every HTTP process."""

from collections.abc import Awaitable, Callable
from typing import Any

from litestar import Response, get
from litestar.handlers import HTTPRouteHandler

from shared.contracts.releases import HealthReport
from shared.releases.watcher import ReleaseWatcher

READY = "ready"
NOT_READY = "not_ready"
ReportHealth = Callable[[], Awaitable[HealthReport]]


def health_routes(report: ReportHealth) -> list[HTTPRouteHandler]:
    """Make `/health/live` (the process runs) and `/health/ready` (it answers something)."""

    @get("/health/live", tags=["health"], sync_to_thread=False)
    def live() -> HealthReport:
        """Answer 200 as long as the process runs."""
        return HealthReport(status="live")

    @get("/health/ready", tags=["health"])
    async def ready() -> Response[HealthReport]:
        """Answer 200 while requests are served, else 503; what is missing is named in both."""
        health = await report()
        return Response(health, status_code=200 if health.status == READY else 503)

    return [live, ready]


def watcher_health(watcher: ReleaseWatcher[Any]) -> ReportHealth:
    """Report on a service that serves releases: ready once one is loaded."""

    async def report() -> HealthReport:
        reasons = list(watcher.reasons.values())
        degraded = sorted(watcher.degraded)
        if not watcher.is_ready:
            reasons = reasons or ["no release is loaded"]
            return HealthReport(status=NOT_READY, reasons=reasons, degraded=degraded)
        release = watcher.current().ref.label
        return HealthReport(status=READY, release=release, reasons=reasons, degraded=degraded)

    return report
