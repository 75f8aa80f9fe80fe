"""The numbers of jobs: each kind counts by itself, and no number is given twice."""

from typing import Final, cast

import redis

from shared.contracts.jobs import JobName
from shared.redis_keys import RedisKeys

HISTORY: Final = 100
# Older numbers of a kind that are looked at too, should a clean-up have failed.
_OVERLAP: Final = 20


class JobNumbers:
    """Sequences in Redis; raises what redis-py raises."""

    def __init__(self, client: redis.Redis, keys: RedisKeys) -> None:
        """Use `client` for the sequences under `keys`."""
        self._redis = client
        self._keys = keys

    def current(self, name: JobName) -> int:
        """Return the number of the latest job of a kind, or of the first one to come."""
        return int(self._redis.get(self._keys.job_sequence(name)) or 1)

    def latest(self, name: JobName) -> list[str]:
        """Return the ids that the latest jobs of a kind have, newest first."""
        last = self.current(name)
        first = max(last - HISTORY - _OVERLAP, 0)
        return [f"{name}-{number}" for number in range(last, first, -1)]

    def advance(self, name: JobName, number: int) -> None:
        """Move the sequence past `number`, once, however many callers try."""
        key = self._keys.job_sequence(name)
        with self._redis.pipeline() as pipe:
            try:
                pipe.watch(key)  # type: ignore[no-untyped-call]  # redis-py
                if int(cast("bytes", pipe.get(key)) or 1) == number:
                    pipe.multi()
                    pipe.set(key, number + 1)
                    pipe.execute()
            except redis.WatchError:
                return


def kind_of(job_id: str) -> JobName:
    """Return the kind that an id names."""
    return cast("JobName", job_id.partition("-")[0])


def number_of(job_id: str) -> int:
    """Return the number in an id."""
    return int(job_id.rpartition("-")[2])
