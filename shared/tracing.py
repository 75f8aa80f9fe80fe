"""Traces: spans by the OpenTelemetry API, made only where an exporter is configured.

Elsewhere every function here does nothing, at the price of a look at one flag. Only `traceparent`
crosses a border, never baggage: what callers send must not travel further.
"""

import threading
from collections.abc import Generator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any, Final

from opentelemetry import context, trace
from opentelemetry.trace import INVALID_SPAN, Span, SpanKind, Tracer
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from shared.telemetry import log

ENDPOINTS: Final = ("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")
FLUSH_S: Final = 2.0
_W3C: Final = TraceContextTextMapPropagator()
_OFF: Final = nullcontext(INVALID_SPAN)


class _Switch:
    """Whether this process makes spans; set once, when it starts."""

    tracer: Tracer | None = None


def configure_tracing(process: str, environ: Mapping[str, str]) -> None:
    """Start to send spans as `butaca-<process>`, if the environment says where to."""
    if not any(environ.get(name) for name in ENDPOINTS):
        return
    try:
        from shared.tracing_export import start_export  # noqa: PLC0415  # an extra
    except ImportError as error:
        log().warning("tracing_unavailable", reason=str(error), install="butaca[tracing]")
        return
    start_export(process)
    _Switch.tracer = trace.get_tracer("butaca")


def is_tracing() -> bool:
    """Tell whether spans are made."""
    return _Switch.tracer is not None


def span(
    name: str, kind: SpanKind = SpanKind.INTERNAL, **attributes: str | int
) -> AbstractContextManager[Span]:
    """Make a span for the block, below the current one."""
    tracer = _Switch.tracer
    if tracer is None:
        return _OFF
    return tracer.start_as_current_span(name, kind=kind, attributes=attributes)


def carrier() -> dict[str, str]:
    """Return what names the current span elsewhere; empty where there is none."""
    carried: dict[str, str] = {}
    if _Switch.tracer is not None:
        _W3C.inject(carried)
    return carried


@contextmanager
def attached(carried: Mapping[str, str]) -> Generator[None]:
    """Let the spans of the block belong to the one that `carried` names."""
    if _Switch.tracer is None or not carried:
        yield
        return
    token = context.attach(_W3C.extract(carried))
    try:
        yield
    finally:
        context.detach(token)


def flush() -> None:
    """Send what is left, before the process ends; a collector that is away costs two seconds."""
    if _Switch.tracer is None:
        return
    provider: Any = trace.get_tracer_provider()
    sending = threading.Thread(target=provider.force_flush, daemon=True)
    sending.start()
    sending.join(FLUSH_S)
