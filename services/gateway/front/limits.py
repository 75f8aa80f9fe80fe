"""How many requests a caller may make: decided in memory, with tokens leased ahead of use.

Each caller has a bucket here, which holds by itself, and one in Redis that all gateways share.
While the shared one is being asked, tokens are spent ahead and owed; while Redis is away or slow,
the bucket here decides alone. No request ever waits for Redis.
"""

import asyncio
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from typing import Final

from shared.errors import StoreUnavailableError
from shared.limits import Ask, LeaseStore, Limit
from shared.telemetry import log

MAX_CALLERS: Final = 10_000
# An empty bucket is not asked for more often than this, but for small bursts.
PAUSE_S: Final = 0.05
# So long Redis is left alone after it has failed.
REST_S: Final = 1.0
_BATCH: Final = 256


class _Bucket:
    """One caller: tokens of its own, tokens leased (`left`), and those spent ahead (`owed`)."""

    __slots__ = ("at", "block", "closed_until", "left", "limit", "owed", "tokens")

    def __init__(self, limit: Limit, now: float) -> None:
        self.limit = limit
        self.block = limit.block
        self.tokens = float(limit.burst)
        self.at = now
        self.left = 0
        self.owed = 0
        self.closed_until = 0.0

    def wait_s(self, now: float) -> float:
        """Fill up; return how long until there is a token, 0 if there is one."""
        limit = self.limit
        self.tokens = min(float(limit.burst), self.tokens + (now - self.at) * limit.rate_per_s)
        self.at = now
        return 0.0 if self.tokens >= 1 else (1 - self.tokens) / limit.rate_per_s


class Limiter:
    """Admits requests; from the event loop only."""

    def __init__(
        self, leases: LeaseStore | None, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        """Lease from `leases`; without them every gateway counts for itself."""
        self._leases = leases
        self._clock = clock
        self._buckets: dict[str, _Bucket] = {}
        self._waiting: dict[str, _Bucket] = {}
        self._task: asyncio.Task[None] | None = None
        self._rest_until = 0.0
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="limits")
        self.is_local = False

    @property
    def degraded(self) -> tuple[str, ...]:
        """The word for a limiter that counts alone though it should not."""
        return ("limits",) if self.is_local else ()

    def wait_s(self, caller: str, limit: Limit) -> float:
        """Admit a request and return 0, or return in how many seconds one will be."""
        now = self._clock()
        bucket = self._bucket(caller, limit, now)
        wait_s = bucket.wait_s(now)
        if wait_s == 0 and self._leases is not None:
            wait_s = self._draw(caller, bucket, now)
        if wait_s == 0:
            bucket.tokens -= 1
        return wait_s

    async def run(self) -> None:
        """Stay until cancelled; then stop asking, and let go of the thread."""
        try:
            await asyncio.Event().wait()
        finally:
            if self._task is not None:
                self._task.cancel()
            self._thread.shutdown(wait=False, cancel_futures=True)

    def _bucket(self, caller: str, limit: Limit, now: float) -> _Bucket:
        """Find a caller's bucket and make it the latest; the one not seen longest goes."""
        buckets = self._buckets
        bucket = buckets.pop(caller, None)
        if bucket is None:
            bucket = _Bucket(limit, now)
            if len(buckets) >= MAX_CALLERS:
                del buckets[next(iter(buckets))]
        buckets[caller] = bucket
        return bucket

    def _draw(self, caller: str, bucket: _Bucket, now: float) -> float:
        """Spend a leased token, or one ahead of its lease."""
        if self.is_local:
            if now >= self._rest_until:
                self._ask(caller, bucket)
            return 0.0
        if bucket.left > 0:
            bucket.left -= 1
            if bucket.left <= bucket.block // 2 and now >= bucket.closed_until:
                self._ask(caller, bucket)
            return 0.0
        if now < bucket.closed_until:
            return bucket.closed_until - now
        bucket.owed += 1
        self._ask(caller, bucket)
        return 0.0

    def _ask(self, caller: str, bucket: _Bucket) -> None:
        """Have a lease fetched in the background, together with whatever else is wanted."""
        self._waiting[caller] = bucket
        if self._task is None or self._task.done():
            self._task = asyncio.get_running_loop().create_task(self._fetch())

    async def _fetch(self) -> None:
        while self._waiting:
            batch = dict(islice(self._waiting.items(), _BATCH))
            for caller in batch:
                del self._waiting[caller]
            try:
                await self._lease(batch)
            except StoreUnavailableError as error:
                self._rest(error)

    async def _lease(self, batch: dict[str, _Bucket]) -> None:
        if self._leases is None:  # pragma: no cover  # nobody asks then
            return
        asks = [
            Ask(caller, each.limit, each.owed, max(0, each.block - each.left))
            for caller, each in batch.items()
        ]
        loop = asyncio.get_running_loop()
        grants = await loop.run_in_executor(self._thread, self._leases.lease, asks)
        now = self._clock()
        for bucket, ask, grant in zip(batch.values(), asks, grants, strict=True):
            bucket.owed -= ask.owed
            bucket.left += grant.tokens
            if grant.tokens < ask.wanted:
                pause_s = min(PAUSE_S, bucket.block / bucket.limit.rate_per_s)
                bucket.closed_until = now + max(grant.wait_s, pause_s)
        if self.is_local:
            log().info("limits_shared_again")
        self.is_local = False

    def _rest(self, error: StoreUnavailableError) -> None:
        """Count alone for a while; what was owed is forgiven, since nobody knows."""
        if not self.is_local:
            log().warning("limits_local", reason=error.message)
        self.is_local = True
        self._rest_until = self._clock() + REST_S
        self._waiting.clear()
        for bucket in self._buckets.values():
            bucket.owed = bucket.left = 0
