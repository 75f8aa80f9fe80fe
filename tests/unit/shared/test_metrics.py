"""What every process says of the release it serves."""

import datetime as dt
from collections import Counter

import msgspec
from prometheus_client import CollectorRegistry

from shared.metrics import ReleaseCollector, create_registry, render_metrics
from shared.releases.watcher import ReleaseFacts
from tests.small_releases import manifest

BUILT = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
P = {"process": "queries"}


class Source:
    """What a watcher says."""

    def __init__(self) -> None:
        self.swaps = 2
        self.refused = Counter({"release_corrupt": 3, "index_not_ready": 1})
        self.is_up = True
        self.known: ReleaseFacts | None = None

    def facts(self) -> ReleaseFacts | None:
        return self.known

    def is_store_up(self) -> bool:
        return self.is_up


def registry_of(source: Source) -> CollectorRegistry:
    registry = CollectorRegistry()
    now = BUILT + dt.timedelta(hours=1)
    registry.register(ReleaseCollector("queries", source, clock=lambda: 50.0, now=lambda: now))
    return registry


def test_before_a_release_only_redis_swaps_and_refusals_are_told() -> None:
    source = Source()
    registry = registry_of(source)
    assert registry.get_sample_value("butaca_release_number", P) is None
    assert registry.get_sample_value("butaca_release_swaps_total", P) == 2
    refused = "butaca_release_refused_total"
    for reason, count in {
        "release_corrupt": 3,
        "index_not_ready": 1,
        "internal_error": 0,
        "release_schema_unsupported": 0,
    }.items():
        assert registry.get_sample_value(refused, {**P, "reason": reason}) == count
    assert registry.get_sample_value("butaca_redis_up", P) == 1
    source.is_up = False
    assert registry.get_sample_value("butaca_redis_up", P) == 0


def test_a_release_is_told_with_its_age_and_its_rows() -> None:
    source = Source()
    counts = {"movies": 90, "raw_rows": 100, "quarantined": 4}
    made = msgspec.structs.replace(manifest(7, {}), created_at=BUILT, counts=counts)
    source.known = ReleaseFacts(made, 20.0)
    registry = registry_of(source)
    told = {
        name: registry.get_sample_value(f"butaca_release_{name}", P)
        for name in ("number", "age_seconds", "served_seconds", "movies", "raw_rows")
    }
    assert told == {
        "number": 7,
        "age_seconds": 3600,
        "served_seconds": 30,
        "movies": 90,
        "raw_rows": 100,
    }
    assert registry.get_sample_value("butaca_release_quarantined_rows", P) == 4


def test_two_registries_in_one_process_do_not_clash() -> None:
    texts = [render_metrics(create_registry()).decode() for _ in range(2)]
    for text in texts:
        assert "process_resident_memory_bytes" in text
        assert "_created" not in text
