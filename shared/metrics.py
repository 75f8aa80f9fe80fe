"""Prometheus metrics that every process has: one registry for each, and the release it serves.

Each process has a registry of its own instead of the library's global one, so that several may
run in one test. Label sets are bounded: no label takes a value from a request.
"""

import datetime as dt
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Final, Protocol

from prometheus_client import (
    CollectorRegistry,
    GCCollector,
    PlatformCollector,
    ProcessCollector,
    disable_created_metrics,
    generate_latest,
)
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from shared.errors import AppError, ReleaseCorruptError, ReleaseSchemaError
from shared.releases.watcher import ReleaseFacts

MEDIA_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"
# Answers take from half a millisecond (kept ones) to the deadlines.
SECONDS_BUCKETS: Final = (
    *(0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05),
    *(0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0),
)

# Told from the start, so that the first one counts as a rise.
REFUSALS: Final = tuple(kind.code for kind in (AppError, ReleaseCorruptError, ReleaseSchemaError))


class ReleaseSource(Protocol):
    """Whoever follows the release pointer."""

    @property
    def swaps(self) -> int:
        """How many releases were taken into service."""
        ...

    @property
    def refused(self) -> Mapping[str, int]:
        """How often a load failed, by code."""
        ...

    def facts(self) -> ReleaseFacts | None:
        """Return what is served now, None before anything is."""
        ...

    def is_store_up(self) -> bool:
        """Whether Redis answered the last time it was asked."""
        ...


def create_registry() -> CollectorRegistry:
    """Make a registry with the figures of the process itself: processor, memory, files."""
    # When each series began is a series more, which nothing here reads.
    disable_created_metrics()  # type: ignore[no-untyped-call]  # prometheus_client
    registry = CollectorRegistry()
    ProcessCollector(registry=registry)
    PlatformCollector(registry=registry)
    GCCollector(registry=registry)
    return registry


def render_metrics(registry: CollectorRegistry) -> bytes:
    """Return the text that Prometheus reads; blocking, some asks Redis."""
    return generate_latest(registry)


class ReleaseCollector(Collector):
    """The release that a process serves: which, how old, how large; swaps and refusals."""

    def __init__(
        self,
        process: str,
        source: ReleaseSource,
        *,
        clock: Callable[[], float] = time.monotonic,
        now: Callable[[], dt.datetime] = lambda: dt.datetime.now(dt.UTC),
    ) -> None:
        """Read `source` whenever the metrics are asked for."""
        self._process = process
        self._source = source
        self._clock = clock
        self._now = now

    def describe(self) -> Iterator[Metric]:
        """Return nothing: what there is depends on the moment."""
        return iter(())

    def collect(self) -> Iterator[Metric]:
        """Return the figures of the moment."""
        yield self._gauge("butaca_redis_up", "Redis answered.", float(self._source.is_store_up()))
        swaps = CounterMetricFamily(
            "butaca_release_swaps", "Releases taken into service.", labels=["process"]
        )
        swaps.add_metric([self._process], self._source.swaps)
        yield swaps
        refused = CounterMetricFamily(
            "butaca_release_refused", "Loads that failed.", labels=["process", "reason"]
        )
        for reason, count in {**dict.fromkeys(REFUSALS, 0), **self._source.refused}.items():
            refused.add_metric([self._process, reason], count)
        yield refused
        facts = self._source.facts()
        if facts is not None:
            yield from self._of_release(facts)

    def _of_release(self, facts: ReleaseFacts) -> Iterator[Metric]:
        manifest, counts = facts.manifest, facts.manifest.counts
        age_s = (self._now() - manifest.created_at).total_seconds()
        served_s = self._clock() - facts.served_at
        yield self._gauge("butaca_release_number", "The release served.", manifest.number)
        yield self._gauge("butaca_release_age_seconds", "Since it was built.", age_s)
        yield self._gauge("butaca_release_served_seconds", "Since it was taken.", served_s)
        yield self._gauge("butaca_release_movies", "Its movies.", counts.get("movies", 0))
        yield self._gauge(
            "butaca_release_raw_rows",
            "Rows of the movies file that it was made of.",
            counts.get("raw_rows", 0),
        )
        yield self._gauge(
            "butaca_release_quarantined_rows",
            "Rows of the movies file that could not be used.",
            counts.get("quarantined", 0),
        )

    def _gauge(self, name: str, text: str, value: float) -> Metric:
        gauge = GaugeMetricFamily(name, text, labels=["process"])
        gauge.add_metric([self._process], value)
        return gauge
