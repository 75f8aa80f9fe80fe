"""Limits over two gateways and one Redis, and what is left of them without it."""

import asyncio
import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
import redis

from services.gateway.front.limits import Limiter
from shared.errors import StoreUnavailableError
from shared.limits import Ask, Grant, LeaseStore, Limit
from shared.redis_client import connect
from shared.redis_keys import RedisKeys
from tests.conftest import _binary_server
from tests.contract.upstreams import free_port
from tests.integration.gateways import keyed_gateway

LIMIT = Limit(rate_per_s=20.0, burst=40)
TIMEOUT_S = 0.4


@pytest.fixture
def leases(redis_client: redis.Redis, redis_keys: RedisKeys) -> LeaseStore:
    return LeaseStore(redis_client, redis_keys)


@pytest.fixture
def own_server(tmp_path: Path) -> Iterator[str]:
    """A server that a test may stop or kill."""
    server = _binary_server(tmp_path)
    yield next(server)
    server.close()


def _pid(url: str) -> int:
    client = connect(url)
    pid: int = client.info("server")["process_id"]  # type: ignore[index]
    client.close()
    return pid


async def _hammer(limiters: list[Limiter], seconds: float) -> tuple[int, float]:
    """Ask in turn, much faster than the limit; return how many got in, and the longest call."""
    admitted, longest = 0, 0.0
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        for limiter in limiters:
            began = time.perf_counter()
            admitted += limiter.wait_s("a", LIMIT) == 0
            longest = max(longest, time.perf_counter() - began)
        await asyncio.sleep(0.001)
    return admitted, longest


async def _stop(*limiters: Limiter) -> None:
    for limiter in limiters:
        running = asyncio.create_task(limiter.run())
        await asyncio.sleep(0)
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


def test_a_bucket_gives_what_it_has_and_fills_up_again(leases: LeaseStore) -> None:
    ask = Ask("a", Limit(20.0, 10), owed=0, wanted=8)
    assert leases.lease([ask]) == [Grant(8, 0.0)]
    assert leases.lease([ask])[0].tokens == 2
    (empty,) = leases.lease([ask])
    assert empty.tokens == 0
    assert 0 < empty.wait_s <= 0.05
    time.sleep(0.25)
    assert 5 <= leases.lease([ask])[0].tokens <= 8


def test_what_is_owed_comes_off_first_and_may_lead_below_nothing(leases: LeaseStore) -> None:
    limit = Limit(1.0, 4)
    assert leases.lease([Ask("a", limit, owed=3, wanted=2)]) == [Grant(1, 1.0)]
    (grant,) = leases.lease([Ask("a", limit, owed=2, wanted=2)])
    assert grant.tokens == 0
    assert 2.5 < grant.wait_s <= 3.0


def test_a_clock_that_was_set_back_gives_nothing_and_takes_nothing(
    leases: LeaseStore, redis_client: redis.Redis, redis_keys: RedisKeys
) -> None:
    ask = Ask("a", Limit(100.0, 10), owed=0, wanted=6)
    assert leases.lease([ask]) == [Grant(6, 0.0)]
    redis_client.hset(redis_keys.rate_bucket("a"), "at", str(time.time() + 3600))
    assert leases.lease([ask])[0].tokens == 4
    time.sleep(0.1)
    assert leases.lease([ask])[0].tokens == 6


def test_a_bucket_is_forgotten_once_it_would_be_full(
    leases: LeaseStore, redis_client: redis.Redis, redis_keys: RedisKeys
) -> None:
    leases.lease([Ask("a", Limit(1.0, 10), owed=0, wanted=5)])
    assert 5000 < redis_client.pttl(redis_keys.rate_bucket("a")) <= 6000


async def test_two_gateways_together_admit_what_one_may(
    redis_url: str, redis_keys: RedisKeys
) -> None:
    clients = [connect(redis_url) for _ in range(2)]
    limiters = [Limiter(LeaseStore(client, redis_keys)) for client in clients]
    seconds = 2.0
    admitted, _ = await _hammer(limiters, seconds)
    await _stop(*limiters)
    fair = LIMIT.burst + LIMIT.rate_per_s * seconds
    assert 0.9 * fair <= admitted <= fair + LIMIT.burst
    assert not any(limiter.is_local for limiter in limiters)
    for client in clients:
        client.close()


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSTOP])
async def test_without_redis_each_gateway_limits_alone_and_nobody_waits(
    own_server: str, redis_keys: RedisKeys, number: signal.Signals
) -> None:
    client = connect(own_server, timeout_s=TIMEOUT_S)
    limiter = Limiter(LeaseStore(client, redis_keys))
    assert limiter.wait_s("b", LIMIT) == 0
    await asyncio.sleep(0.1)
    pid = _pid(own_server)
    os.kill(pid, number)
    seconds = 2.0
    admitted, longest = await _hammer([limiter], seconds)
    assert limiter.is_local
    assert longest < TIMEOUT_S
    fair = LIMIT.burst + LIMIT.rate_per_s * seconds
    assert 0.8 * fair <= admitted <= fair + 1
    if number == signal.SIGSTOP:
        os.kill(pid, signal.SIGCONT)
        until = time.monotonic() + 5
        while limiter.is_local and time.monotonic() < until:
            await _hammer([limiter], 0.05)
        assert not limiter.is_local
    await _stop(limiter)
    client.close()


def test_a_server_that_is_away_is_an_error_of_ours(redis_keys: RedisKeys) -> None:
    client = connect(f"redis://127.0.0.1:{free_port()}/0", timeout_s=0.4)
    with pytest.raises(StoreUnavailableError):
        LeaseStore(client, redis_keys).lease([Ask("a", LIMIT, 0, 1)])
    client.close()


def test_over_http_two_gateways_share_and_say_when_to_come_back(
    redis_url: str, redis_keys: RedisKeys
) -> None:
    limits = {"rate_per_s": 0.1, "rate_burst": 10}
    with (
        keyed_gateway(redis_url, redis_keys, **limits) as one,
        keyed_gateway(redis_url, redis_keys, **limits) as two,
        httpx.Client() as client,
    ):
        answers = [client.get(f"{url}/v1") for _ in range(20) for url in (one, two)]
        admitted = [each for each in answers if each.status_code == 404]
        assert 10 <= len(admitted) <= 10 + 2 * 10 + 1
        refused = [each for each in answers if each.status_code == 429]
        assert len(admitted) + len(refused) == 40
        last = answers[-1]
        assert last.json()["code"] == "rate_limited"
        assert 1 <= int(last.headers["retry-after"]) <= 110
        assert last.headers["x-request-id"] == last.json()["request_id"]
        assert client.get(f"{one}/health/live").status_code == 200


def test_a_forwarded_address_counts_where_the_proxy_is_trusted(
    redis_url: str, redis_keys: RedisKeys
) -> None:
    limits = {"rate_per_s": 0.1, "rate_burst": 2, "trusted_proxies": ("127.0.0.0/8",)}
    with keyed_gateway(redis_url, redis_keys, **limits) as url, httpx.Client() as client:

        def ask(forwarded: str) -> int:
            headers = {"X-Forwarded-For": forwarded}
            return client.get(f"{url}/v1", headers=headers).status_code

        assert [ask("203.0.113.1") for _ in range(2)] == [404, 404]
        assert ask("203.0.113.1") == 429
        # A caller cannot become another one by what it writes itself.
        assert ask("198.51.100.9, 203.0.113.1") == 429
        assert ask("203.0.113.2") == 404


def test_without_redis_answers_say_that_limits_are_local(redis_keys: RedisKeys) -> None:
    nowhere = f"redis://127.0.0.1:{free_port()}/0"
    limits = {"rate_per_s": 0.1, "rate_burst": 30}
    with keyed_gateway(nowhere, redis_keys, **limits) as url, httpx.Client() as client:
        until = time.monotonic() + 5
        words = ""
        statuses = set[int]()
        while "limits" not in words and time.monotonic() < until:
            answer = client.get(f"{url}/recomendacion/Heat")
            statuses.add(answer.status_code)
            words = answer.headers.get("x-butaca-degraded", "")
            time.sleep(0.05)
        assert "limits" in words.split(", ")
        assert statuses == {200}
        assert {client.get(f"{url}/v1").status_code for _ in range(40)} == {404, 429}
