"""How many requests a caller may make, by one gateway and by what Redis grants."""

import asyncio
import threading
from collections.abc import Sequence
from typing import Any

import pytest

from services.gateway.front import limits
from services.gateway.front.limits import PAUSE_S, REST_S, Limiter
from shared.errors import StoreUnavailableError
from shared.limits import Ask, Grant, Limit

LIMIT = Limit(rate_per_s=2.0, burst=40)
BLOCK = 4


class Clock:
    """A monotonic clock that tests move."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


class Leases:
    """Answers asks as told, and remembers them."""

    def __init__(self, *grants: Grant | StoreUnavailableError) -> None:
        self.asked: list[Ask] = []
        self.may_answer = threading.Event()
        self.may_answer.set()
        self._grants = list(grants)

    def lease(self, asks: Sequence[Ask]) -> list[Grant]:
        self.may_answer.wait(5)
        self.asked += asks
        said = self._grants.pop(0) if self._grants else Grant(0, 10.0)
        if isinstance(said, StoreUnavailableError):
            raise said
        return [said for _ in asks]


def _limiter(clock: Clock, leases: Any = None) -> Limiter:  # noqa: ANN401  # as LeaseStore
    return Limiter(leases, clock=clock)


async def _settle(limiter: Limiter) -> None:
    """Let what runs in the background end."""
    task = limiter._task
    if task is not None:
        await task


def _admitted(limiter: Limiter, tries: int, caller: str = "a", limit: Limit = LIMIT) -> int:
    return sum(limiter.wait_s(caller, limit) == 0 for _ in range(tries))


def test_a_burst_is_admitted_and_then_the_rate() -> None:
    clock = Clock()
    limiter = _limiter(clock)
    assert _admitted(limiter, 50) == 40
    assert limiter.wait_s("a", LIMIT) == pytest.approx(0.5)
    clock.now += 0.5
    assert _admitted(limiter, 50) == 1
    clock.now += 1000
    assert _admitted(limiter, 50) == 40


def test_callers_do_not_share() -> None:
    limiter = _limiter(Clock())
    assert (_admitted(limiter, 50, "a"), _admitted(limiter, 50, "b")) == (40, 40)


def test_so_many_callers_are_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "MAX_CALLERS", 2)
    limiter = _limiter(Clock())
    for caller in ("a", "b", "a"):
        limiter.wait_s(caller, LIMIT)
    # The one not seen longest goes: b, which starts anew.
    limiter.wait_s("c", LIMIT)
    assert list(limiter._buckets) == ["a", "c"]
    assert _admitted(limiter, 50, "a") == 38


async def test_a_whole_burst_at_once_is_spent_ahead_of_its_lease_and_told_of() -> None:
    clock, leases = Clock(), Leases(Grant(0, 3.0))
    limiter = _limiter(clock, leases)
    assert _admitted(limiter, 50) == LIMIT.burst
    await _settle(limiter)
    assert leases.asked == [Ask("a", LIMIT, owed=LIMIT.burst, wanted=BLOCK)]
    # What other gateways have admitted meanwhile is paid for: the bucket here fills up in vain.
    clock.now += 2.9
    assert limiter.wait_s("a", LIMIT) == pytest.approx(0.1)


async def test_what_redis_refuses_is_refused_until_it_says() -> None:
    clock, leases = Clock(), Leases(Grant(0, 3.0), Grant(1, 1.0))
    limiter = _limiter(clock, leases)
    assert _admitted(limiter, 1) == 1
    await _settle(limiter)
    assert limiter.wait_s("a", LIMIT) == pytest.approx(3.0)
    assert len(leases.asked) == 1
    clock.now += 3.0
    assert limiter.wait_s("a", LIMIT) == 0
    await _settle(limiter)
    assert leases.asked[1:] == [Ask("a", LIMIT, owed=1, wanted=BLOCK)]


async def test_an_empty_bucket_is_not_asked_for_all_the_time() -> None:
    clock, leases = Clock(), Leases(Grant(0, 0.001), Grant(0, 0.001))
    limiter = _limiter(clock, leases)
    for _ in range(10):
        limiter.wait_s("a", LIMIT)
        await _settle(limiter)
        clock.now += PAUSE_S / 10
    assert len(leases.asked) == 1
    clock.now += PAUSE_S / 100
    limiter.wait_s("a", LIMIT)
    await _settle(limiter)
    assert len(leases.asked) == 2


async def test_a_lease_is_renewed_before_it_is_spent() -> None:
    leases = Leases(Grant(4, 0.0), Grant(2, 0.0))
    limiter = _limiter(Clock(), leases)
    for _ in range(3):
        assert _admitted(limiter, 1) == 1
        await _settle(limiter)
    assert [(ask.owed, ask.wanted) for ask in leases.asked] == [(1, 4), (0, 2)]


async def test_callers_are_asked_for_together() -> None:
    leases = Leases(Grant(1, 0.0))
    limiter = _limiter(Clock(), leases)
    for caller in ("a", "b", "c"):
        assert limiter.wait_s(caller, LIMIT) == 0
    await _settle(limiter)
    assert [ask.caller for ask in leases.asked] == ["a", "b", "c"]


async def test_without_redis_the_gateway_counts_alone_and_says_so() -> None:
    clock = Clock()
    leases = Leases(StoreUnavailableError("away"), StoreUnavailableError("away"), Grant(2, 0.0))
    limiter = _limiter(clock, leases)
    assert limiter.degraded == ()
    assert _admitted(limiter, 1) == 1
    await _settle(limiter)
    assert limiter.degraded == ("limits",)
    # The rest of the burst, no more; and Redis is left alone for a while.
    assert _admitted(limiter, 50) == 39
    await _settle(limiter)
    assert len(leases.asked) == 1
    clock.now += REST_S
    assert _admitted(limiter, 50) == 2
    await _settle(limiter)
    assert (len(leases.asked), limiter.is_local) == (2, True)
    clock.now += REST_S
    assert _admitted(limiter, 1) == 1
    await _settle(limiter)
    assert limiter.degraded == ()


async def test_while_redis_hangs_nobody_waits() -> None:
    clock, leases = Clock(), Leases(Grant(2, 0.0))
    leases.may_answer.clear()
    limiter = _limiter(clock, leases)
    assert _admitted(limiter, 50) == LIMIT.burst
    await asyncio.sleep(0)
    # The bucket here decides: two a second.
    clock.now += 1.0
    assert _admitted(limiter, 50) == 2
    leases.may_answer.set()
    await _settle(limiter)
    assert [ask.owed for ask in leases.asked] == [LIMIT.burst, 2]


async def test_it_lets_go_of_its_thread_at_the_end() -> None:
    limiter = _limiter(Clock(), Leases(Grant(1, 0.0)))
    running = asyncio.create_task(limiter.run())
    limiter.wait_s("a", LIMIT)
    await _settle(limiter)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    with pytest.raises(RuntimeError):
        limiter._thread.submit(print)


@pytest.mark.parametrize(
    ("rate", "burst", "block"),
    [(1, 1, 1), (1, 10, 1), (1, 11, 2), (1, 100, 10), (500, 100, 50)],
)
def test_leases_are_small(rate: float, burst: int, block: int) -> None:
    assert Limit(rate, burst).block == block
