"""How the calls to services go: timed, counted by what went wrong, traced."""

import time
from collections.abc import Generator
from contextlib import contextmanager
from typing import Final, Literal

from opentelemetry.trace import SpanKind
from prometheus_client import CollectorRegistry, Counter, Histogram

from shared.errors import UpstreamTimeoutError, UpstreamUnavailableError
from shared.metrics import SECONDS_BUCKETS
from shared.tracing import span

# Why a service gave no answer: too late, no connection, or its own fault.
Failure = Literal["timeout", "unavailable", "error"]
FAILURES: Final[tuple[Failure, ...]] = ("timeout", "unavailable", "error")


class CallMetrics:
    """The metrics of the calls to all services."""

    def __init__(self, registry: CollectorRegistry) -> None:
        """Register them."""
        self._seconds = Histogram(
            "butaca_upstream_request_seconds",
            "Time of a call to a service, with all tries.",
            ["service"],
            registry=registry,
            buckets=SECONDS_BUCKETS,
        )
        self._errors = Counter(
            "butaca_upstream_errors",
            "Calls that a service did not answer as it should.",
            ["service", "kind"],
            registry=registry,
        )

    def of(self, service: str) -> "Calls":
        """Return what counts the calls to one service."""
        return Calls(service, self._seconds, self._errors)


class Calls:
    """Counts the calls to one service."""

    def __init__(self, service: str, seconds: Histogram, errors: Counter) -> None:
        """Bind the labels once."""
        self._service = service
        self._seconds = seconds.labels(service)
        self._errors = {kind: errors.labels(service, kind) for kind in FAILURES}

    @contextmanager
    def measured(self) -> Generator[None]:
        """Measure the call that is made in the block."""
        began = time.perf_counter()
        try:
            with span(f"call {self._service}", SpanKind.CLIENT):
                yield
        except UpstreamTimeoutError:
            self.fail("timeout")
            raise
        except UpstreamUnavailableError:
            self.fail("unavailable")
            raise
        finally:
            self._seconds.observe(time.perf_counter() - began)

    def fail(self, kind: Failure) -> None:
        """Count a call that went wrong."""
        self._errors[kind].inc()
