"""What the gateway measures besides HTTP."""

import datetime as dt

import pytest
import redis

from services.gateway.cache import ResponseCache
from services.gateway.calls import CallMetrics
from services.gateway.observed import REFUSALS, GatewayMetrics, LiveRelease
from services.gateway.pointer import PointerWatcher
from shared.errors import UpstreamTimeoutError, UpstreamUnavailableError
from shared.http.problems import KINDS
from shared.metrics import create_registry
from shared.queue import JobQueue
from shared.redis_client import connect
from shared.redis_keys import RedisKeys
from shared.releases.store import ReleaseStore
from tests.small_releases import publish
from tests.unit.gateway.answers import prepared

AWAY = "redis://127.0.0.1:1/0"


class Gateway:
    """The parts that are measured, over one server."""

    def __init__(self, client: redis.Redis, keys: RedisKeys) -> None:
        self.store = ReleaseStore(client, keys)
        self.cache = ResponseCache(100_000)
        self.pointer = PointerWatcher(self.store, self.cache, poll_s=60)
        self.metrics = GatewayMetrics()
        self.metrics.watch(self.cache, self.pointer, self.store, JobQueue(client, keys))

    def value(self, name: str, **labels: str) -> float | None:
        return self.metrics.registry.get_sample_value(name, labels)


def test_refusals_are_counted_by_known_codes_only() -> None:
    metrics = GatewayMetrics()
    for code in ("rate_limited", "rate_limited", "whatever-a-caller-sends"):
        metrics.refuse(code)
    told = {
        sample.labels["reason"]: sample.value
        for family in metrics.registry.collect()
        for sample in family.samples
        if sample.name == "butaca_http_refused_total"
    }
    assert told == {reason: float(2 * (reason == "rate_limited")) for reason in REFUSALS}
    assert set(REFUSALS) <= set(KINDS)


async def test_the_live_release_is_told_and_its_manifest_is_read_once(
    redis_client: redis.Redis, redis_keys: RedisKeys
) -> None:
    gateway = Gateway(redis_client, redis_keys)
    name = "butaca_release_number"
    assert gateway.value(name, process="gateway") is None
    ref, _ = publish(gateway.store, movies=b"x")
    await gateway.pointer.refresh()
    assert gateway.value(name, process="gateway") == ref.number
    redis_client.delete(redis_keys.manifest(ref.number))
    assert gateway.value(name, process="gateway") == ref.number
    assert gateway.value("butaca_release_swaps_total", process="gateway") == 1
    served = gateway.value("butaca_release_served_seconds", process="gateway")
    assert served is not None
    assert 0 <= served < 30


async def test_a_manifest_that_cannot_be_read_leaves_the_rest_to_be_told(
    redis_client: redis.Redis, redis_keys: RedisKeys
) -> None:
    gateway = Gateway(redis_client, redis_keys)
    ref, _ = publish(gateway.store, movies=b"x")
    redis_client.delete(redis_keys.manifest(ref.number))
    await gateway.pointer.refresh()
    assert gateway.value("butaca_release_number", process="gateway") is None
    assert gateway.value("butaca_redis_up", process="gateway") == 1


async def test_while_redis_is_away_the_release_known_before_is_told(
    redis_client: redis.Redis, redis_keys: RedisKeys
) -> None:
    gateway = Gateway(redis_client, redis_keys)
    publish(gateway.store, movies=b"x")
    await gateway.pointer.refresh()
    live = LiveRelease(gateway.cache, gateway.pointer, gateway.store)
    first = live.facts()
    away = ReleaseStore(connect(AWAY, timeout_s=0.1), redis_keys)
    gateway.cache.follow("9-another")
    live._store = away
    assert live.facts() is first is not None
    gateway.pointer._store = away
    await gateway.pointer.refresh()
    assert not live.is_store_up()
    assert gateway.value("butaca_redis_up", process="gateway") == 0


def test_waiting_jobs_and_the_worker_are_told(
    redis_client: redis.Redis, redis_keys: RedisKeys
) -> None:
    gateway = Gateway(redis_client, redis_keys)
    assert gateway.value("butaca_queue_jobs", queue="butaca-build") is not None
    assert gateway.value("butaca_worker_up") == 0
    assert gateway.value("butaca_worker_heartbeat_age_seconds") is None
    sign = (dt.datetime.now(dt.UTC) - dt.timedelta(seconds=5)).isoformat()
    redis_client.set(redis_keys.worker_heartbeat(), sign)
    assert gateway.value("butaca_worker_up") == 1
    assert gateway.value("butaca_worker_heartbeat_age_seconds") == pytest.approx(5, abs=2)


def test_without_redis_queue_and_worker_are_left_out(redis_keys: RedisKeys) -> None:
    gateway = Gateway(connect(AWAY, timeout_s=0.1), redis_keys)
    assert gateway.value("butaca_worker_up") is None
    assert gateway.value("butaca_cache_hits_total") == 0


def test_hits_misses_and_size_of_the_cache_are_told(
    redis_client: redis.Redis, redis_keys: RedisKeys
) -> None:
    gateway = Gateway(redis_client, redis_keys)
    cache = gateway.cache
    cache.follow("1-a")
    assert cache.find("/a") is None
    cache.keep("/a", prepared())
    cache.shorten("/A", "/a", "/route")
    assert cache.find_request("/A") is not None
    assert cache.find_request("/B") is None
    assert cache.find("/a") is not None
    assert gateway.value("butaca_cache_hits_total") == 2
    assert gateway.value("butaca_cache_misses_total") == 1
    assert gateway.value("butaca_cache_bytes") == cache.size_bytes > 0
    assert gateway.value("butaca_cache_max_bytes") == 100_000


def test_calls_are_timed_and_counted_by_what_went_wrong() -> None:
    registry = create_registry()
    calls = CallMetrics(registry).of("queries")
    with calls.measured():
        pass
    with pytest.raises(UpstreamTimeoutError), calls.measured():
        raise UpstreamTimeoutError
    with pytest.raises(UpstreamUnavailableError), calls.measured():
        raise UpstreamUnavailableError
    calls.fail("error")
    seconds = "butaca_upstream_request_seconds_count"
    assert registry.get_sample_value(seconds, {"service": "queries"}) == 3
    for kind in ("timeout", "unavailable", "error"):
        labels = {"service": "queries", "kind": kind}
        assert registry.get_sample_value("butaca_upstream_errors_total", labels) == 1
