"""What is measured of HTTP, the same on every process: a layer around it, and `/metrics`."""

import asyncio
import time
from collections.abc import Mapping
from typing import Any, Final, Literal

from litestar import Response, get
from litestar.enums import ScopeType
from litestar.handlers import HTTPRouteHandler
from litestar.types import (
    ASGIApp,
    HTTPResponseStartEvent,
    HTTPScope,
    Message,
    Receive,
    Scope,
    Send,
)
from prometheus_client import CollectorRegistry, Gauge, Histogram

from shared.http.degraded import WORDS
from shared.http.health import READY, ReportHealth
from shared.metrics import (
    MEDIA_TYPE,
    SECONDS_BUCKETS,
    ReleaseCollector,
    ReleaseSource,
    create_registry,
    render_metrics,
)
from shared.redaction import without_secrets
from shared.telemetry import log

PATH: Final = "/metrics"
UNMATCHED: Final = "unmatched"
# Of the event for an ordinary request.
Level = Literal["debug", "info"]
SLOW_MS: Final = 1000.0
_SEEN: Final = "butaca_seen"
_RELEASE: Final = b"x-butaca-release"
_METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_CLIENT_LEFT: Final = 499
_OWN_FAULT: Final = 500
_SHOWN: Final = 200


class Seen:
    """What the layers inside find out of one request, for the one outside.

    Nothing is known at first; defaults of the class cost a request nothing.
    """

    route = UNMATCHED
    status = 0
    seconds = 0.0
    is_logged = False
    release: str | None = None
    caller: str | None = None


class HttpMetrics:
    """Latency by route and the requests of the moment; from the event loop only."""

    def __init__(self, process: str, registry: CollectorRegistry) -> None:
        """Register the metrics of `process`."""
        self.process = process
        self.registry = registry
        self.in_progress = 0
        self._seconds = Histogram(
            "butaca_http_request_seconds",
            "Time until the answer starts, by route template and class of status.",
            ["process", "method", "route", "status"],
            registry=registry,
            buckets=SECONDS_BUCKETS,
        )
        self._children: dict[tuple[str, str, int], Histogram] = {}
        Gauge(
            "butaca_http_requests_in_progress",
            "Requests whose answer is not sent whole yet.",
            ["process"],
            registry=registry,
        ).labels(process).set_function(lambda: self.in_progress)

    def observe(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count one answer."""
        key = (route, method, status // 100)
        child = self._children.get(key)
        if child is None:
            shown = method if method in _METHODS else "other"
            child = self._seconds.labels(self.process, shown, route, f"{status // 100}xx")
            if method in _METHODS:
                self._children[key] = child
        child.observe(seconds)


def create_release_metrics(process: str, source: ReleaseSource) -> HttpMetrics:
    """Make the metrics of a service of releases."""
    registry = create_registry()
    registry.register(ReleaseCollector(process, source))
    return HttpMetrics(process, registry)


class Observed:
    """Outermost ASGI layer: counts each request, and logs those that reached the router."""

    def __init__(
        self,
        app: ASGIApp,
        metrics: HttpMetrics,
        *,
        level: Level = "debug",
        slow_ms: float = SLOW_MS,
    ) -> None:
        """Wrap `app`; what is slower than `slow_ms`, or our fault, is a warning."""
        self.app = app
        self._metrics = metrics
        self._level = level
        self._slow_ms = slow_ms

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request, or pass lifespan events on."""
        if scope["type"] != ScopeType.HTTP:
            await self.app(scope, receive, send)
            return
        began = time.perf_counter()
        seen = Seen()
        found: Any = scope
        found[_SEEN] = seen

        async def send_seen(message: Message) -> None:
            if message["type"] == "http.response.start":
                seen.status = message["status"]
                seen.seconds = time.perf_counter() - began
                if seen.is_logged:
                    seen.release = _release_of(message)
            await send(message)

        metrics = self._metrics
        metrics.in_progress += 1
        try:
            await self.app(scope, receive, send_seen)
        except asyncio.CancelledError:
            seen.status = seen.status or _CLIENT_LEFT
            raise
        finally:
            metrics.in_progress -= 1
            if not seen.status:
                seen.status = _OWN_FAULT
            seconds = seen.seconds or time.perf_counter() - began
            metrics.observe(scope["method"], seen.route, seen.status, seconds)
            if seen.is_logged:
                self._log(scope, seen, 1000 * seconds)

    def _log(self, scope: HTTPScope, seen: Seen, ms: float) -> None:
        """One event for the request; its path only where somebody has to look into it."""
        fields: dict[str, Any] = {
            "method": scope["method"][:_SHOWN],
            "route": seen.route,
            "status": seen.status,
            "ms": round(ms, 2),
        }
        if seen.release is not None:
            fields["release"] = seen.release
        if seen.caller is not None:
            fields["caller"] = seen.caller
        if seen.status >= _OWN_FAULT or ms > self._slow_ms:
            log().warning("request", **fields, path=shown_path(scope["path"]))
        elif self._level == "info":
            log().info("request", **fields)
        else:
            log().debug("request", **fields)


class NoteRoute:
    """Innermost ASGI layer: tells the outermost which route it was, and which release."""

    def __init__(self, app: ASGIApp) -> None:
        """Wrap `app`."""
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        seen = seen_of(scope)
        if seen is not None:
            seen.route = scope["path_template"] or "/"
            seen.is_logged = not seen.route.startswith(("/health/", PATH))
        await self.app(scope, receive, send)


def _release_of(start: HTTPResponseStartEvent) -> str | None:
    """The release that an answer names."""
    for name, value in start.get("headers", ()):
        if name == _RELEASE:
            return value.decode("latin-1")
    return None


def seen_of(scope: Scope) -> Seen | None:
    """Return what the outermost layer wants to know of this request, if there is that layer."""
    seen: Any = scope.get(_SEEN)
    return seen  # type: ignore[no-any-return]  # the key is ours


def note_kept(scope: Scope, route: str) -> None:
    """Say that a request is answered without the router; such requests are not logged."""
    seen: Any = scope.get(_SEEN)
    if seen is not None:
        seen.route = route


def shown_path(path: str) -> str:
    """Return a path as it may stand in a log: cut, and without what may be a key."""
    return without_secrets(path[: 2 * _SHOWN])[:_SHOWN]


def metrics_route(
    metrics: HttpMetrics, report: ReportHealth, opt: Mapping[str, Any] | None = None
) -> HTTPRouteHandler:
    """Make `/metrics`; `opt` is that of the handler, such as who may read it."""
    ready = Gauge(
        "butaca_ready", "Something can be answered.", ["process"], registry=metrics.registry
    ).labels(metrics.process)
    degraded = Gauge(
        "butaca_degraded",
        "What the answers of the moment lack.",
        ["process", "word"],
        registry=metrics.registry,
    )

    @get(PATH, include_in_schema=False, opt=opt)
    async def scrape() -> Response[bytes]:
        """Tell Prometheus how this process does."""
        health = await report()
        ready.set(health.status == READY)
        for word in WORDS:
            degraded.labels(metrics.process, word).set(word in health.degraded)
        body = await asyncio.to_thread(render_metrics, metrics.registry)
        return Response(body, headers={"Content-Type": MEDIA_TYPE})

    return scrape
