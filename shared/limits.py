"""Limits that hold over all gateways: token buckets in Redis, leased from in blocks."""

import math
from collections.abc import Sequence
from importlib import resources
from typing import Final, NamedTuple, cast

import redis

from shared.errors import StoreUnavailableError
from shared.redis_keys import RedisKeys

# A lease is a tenth of a burst, so that others find something, or of what a second brings.
_LEASE_SHARE: Final = 10


class Limit(NamedTuple):
    """So many requests a second on average, and `burst` at once after a pause."""

    rate_per_s: float
    burst: int

    @property
    def block(self) -> int:
        """Tokens that are leased at once."""
        return min(self.burst, math.ceil(max(self.burst, self.rate_per_s) / _LEASE_SHARE))


class Ask(NamedTuple):
    """What a gateway wants for a caller; `owed` tokens were spent before they were leased."""

    caller: str
    limit: Limit
    owed: int
    wanted: int


class Grant(NamedTuple):
    """What it gets: tokens, and the seconds until there is another."""

    tokens: int
    wait_s: float


class LeaseStore:
    """The buckets in Redis; blocking."""

    def __init__(self, client: redis.Redis, keys: RedisKeys) -> None:
        """Use the buckets of one deployment."""
        self._keys = keys
        script = resources.files("shared").joinpath("limits.lua").read_text("utf-8")
        self._script = client.register_script(script)

    def lease(self, asks: Sequence[Ask]) -> list[Grant]:
        """Answer every ask, in order, in one round trip.

        Raises:
            StoreUnavailableError: Redis does not answer, or cannot write.
        """
        buckets = [self._keys.rate_bucket(ask.caller) for ask in asks]
        figures = [
            figure
            for ask in asks
            for figure in (ask.limit.rate_per_s, ask.limit.burst, ask.owed, ask.wanted)
        ]
        try:
            said = cast("list[int]", self._script(keys=buckets, args=figures))
        except redis.RedisError as error:
            raise StoreUnavailableError(f"Redis does not answer: {error}") from error
        return [Grant(int(n), int(ms) / 1000) for n, ms in zip(said[::2], said[1::2], strict=True)]
