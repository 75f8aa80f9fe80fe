"""ASGI layer: a server span for each request, below the caller's. Mounted only to trace."""

import structlog
from litestar.enums import ScopeType
from litestar.types import ASGIApp, HTTPScope, Receive, Scope, Send
from opentelemetry.trace import SpanKind, StatusCode, format_trace_id

from shared.http.metrics import PATH, Seen, seen_of
from shared.http.request_id import current_request_id
from shared.tracing import attached, span

_TRACEPARENT = b"traceparent"
_OWN_FAULT = 500


class Traced:
    """Makes the span, named after method and route once the route is known."""

    def __init__(self, app: ASGIApp) -> None:
        """Wrap `app`, inside the layer that observes it."""
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request; those of health checks and Prometheus are left out."""
        seen = seen_of(scope)
        if scope["type"] != ScopeType.HTTP or seen is None or _is_unseen(scope["path"]):
            await self.app(scope, receive, send)
            return
        with attached(_carried(scope)), span(scope["method"], SpanKind.SERVER) as made:
            trace_id = format_trace_id(made.get_span_context().trace_id)
            with structlog.contextvars.bound_contextvars(trace_id=trace_id):
                try:
                    await self.app(scope, receive, send)
                finally:
                    made.update_name(f"{scope['method']} {seen.route}")
                    made.set_attributes(_attributes(scope, seen))
                    if seen.status >= _OWN_FAULT:
                        made.set_status(StatusCode.ERROR)


def _is_unseen(path: str) -> bool:
    return path.startswith("/health/") or path == PATH


def _carried(scope: HTTPScope) -> dict[str, str]:
    given = [value for name, value in scope["headers"] if name == _TRACEPARENT]
    return {"traceparent": given[0].decode("latin-1")} if len(given) == 1 else {}


def _attributes(scope: HTTPScope, seen: Seen) -> dict[str, str | int]:
    found: dict[str, str | int] = {
        "http.request.method": scope["method"],
        "http.route": seen.route,
        "http.response.status_code": seen.status,
        "butaca.request_id": current_request_id(),
    }
    if seen.release is not None:
        found["butaca.release"] = seen.release
    return found
