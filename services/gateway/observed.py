"""What the gateway measures besides HTTP: its cache, its release, queue and worker."""

import datetime as dt
from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import Final, NamedTuple

from prometheus_client import Counter
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from services.gateway.cache import ResponseCache
from services.gateway.calls import CallMetrics
from services.gateway.pointer import PointerWatcher
from shared.errors import AppError
from shared.http.metrics import HttpMetrics
from shared.metrics import ReleaseCollector, create_registry
from shared.queue import JobQueue
from shared.releases.store import ReleaseStore
from shared.releases.watcher import ReleaseFacts

PROCESS: Final = "gateway"
# What the gateway refuses by itself, whatever the route.
REFUSALS: Final = (
    "host_not_allowed",
    "invalid_request",
    "ops_forbidden",
    "overloaded",
    "rate_limited",
    "request_timeout",
    "unauthenticated",
    "uri_too_long",
)


class GatewayMetrics:
    """The registry of the gateway, and the metrics that its parts count with."""

    def __init__(self) -> None:
        """Make all of them; `watch` adds those that are read when they are asked for."""
        self.registry = create_registry()
        self.http = HttpMetrics(PROCESS, self.registry)
        self._refused = Counter(
            "butaca_http_refused",
            "Requests that were refused whatever their route.",
            ["reason"],
            registry=self.registry,
        )
        self._reasons = {reason: self._refused.labels(reason) for reason in REFUSALS}
        self.calls = CallMetrics(self.registry)

    def refuse(self, reason: str) -> None:
        """Count a refusal by the code of its problem document."""
        child = self._reasons.get(reason)
        if child is not None:
            child.inc()

    def watch(
        self, cache: ResponseCache, pointer: PointerWatcher, store: ReleaseStore, queue: JobQueue
    ) -> None:
        """Tell of these whenever the metrics are asked for."""
        self.registry.register(CacheCollector(cache))
        self.registry.register(ReleaseCollector(PROCESS, LiveRelease(cache, pointer, store)))
        self.registry.register(QueueCollector(queue))


class CacheCollector(Collector):
    """How often the gateway had the answer, and how full it is."""

    def __init__(self, cache: ResponseCache) -> None:
        """Read `cache`."""
        self._cache = cache

    def describe(self) -> Iterator[Metric]:
        """Return nothing, so that registering asks nothing."""
        return iter(())

    def collect(self) -> Iterator[Metric]:
        """Return the figures of the moment."""
        cache = self._cache
        yield CounterMetricFamily("butaca_cache_hits", "Answers it had.", value=cache.hits)
        yield CounterMetricFamily("butaca_cache_misses", "Answers it had not.", value=cache.misses)
        yield GaugeMetricFamily("butaca_cache_bytes", "What it holds.", value=cache.size_bytes)
        yield GaugeMetricFamily("butaca_cache_max_bytes", "Its bound.", value=cache.max_bytes)


class _Known(NamedTuple):
    label: str
    facts: ReleaseFacts


class LiveRelease:
    """What the gateway knows of the release whose answers it keeps; reads its manifest once."""

    def __init__(self, cache: ResponseCache, pointer: PointerWatcher, store: ReleaseStore) -> None:
        """Take the release from `cache`, the manifest from `store`."""
        self._cache = cache
        self._pointer = pointer
        self._store = store
        self._known: _Known | None = None
        # The gateway loads nothing, so it refuses nothing.
        self.refused: Mapping[str, int] = {}

    @property
    def swaps(self) -> int:
        """How often another release was followed."""
        return self._cache.swaps

    def is_store_up(self) -> bool:
        """Tell whether the pointer could be read."""
        return self._pointer.reason is None

    def facts(self) -> ReleaseFacts | None:
        """Return what is known; while Redis is away, of the release known before."""
        label = self._cache.release
        if label is None:
            return None
        if self._known is None or self._known.label != label:
            with suppress(AppError):
                self._known = self._read() or self._known
        return None if self._known is None else self._known.facts

    def _read(self) -> _Known | None:
        ref = self._store.live()
        if ref is None:
            return None
        facts = ReleaseFacts(self._store.manifest(ref), self._cache.followed_at)
        return _Known(ref.label, facts)


class QueueCollector(Collector):
    """Jobs that wait, and whether there is a worker to take them; nothing without Redis."""

    def __init__(self, queue: JobQueue) -> None:
        """Ask `queue`, which blocks."""
        self._queue = queue

    def describe(self) -> Iterator[Metric]:
        """Return nothing, so that registering asks nothing."""
        return iter(())

    def collect(self) -> Iterator[Metric]:
        """Return the figures of the moment."""
        try:
            depths = self._queue.depths()
            seen_at = self._queue.worker_seen_at()
        except AppError:
            return
        waiting = GaugeMetricFamily("butaca_queue_jobs", "Jobs that wait.", labels=["queue"])
        for name, depth in depths.items():
            waiting.add_metric([name], depth)
        yield waiting
        yield GaugeMetricFamily("butaca_worker_up", "A worker lives.", value=seen_at is not None)
        if seen_at is not None:
            age = GaugeMetricFamily("butaca_worker_heartbeat_age_seconds", "Since its last sign.")
            age.add_metric([], (dt.datetime.now(dt.UTC) - seen_at).total_seconds())
            yield age
