"""The log of a job in Redis: the last events of whoever worked on it, bounded."""

from collections.abc import Iterable, Sequence
from typing import Final, cast

import msgspec
import redis

from shared.contracts.jobs import LogEntry
from shared.decoding import decode_json
from shared.redis_keys import RedisKeys

MAX_EVENTS: Final = 1000
LOG_TTL_S: Final = 30 * 24 * 3600


class JobLogs:
    """Appends to the logs of jobs and reads their ends; raises what redis-py raises."""

    def __init__(self, client: redis.Redis, keys: RedisKeys) -> None:
        """Use `client` for the logs under `keys`."""
        self._redis = client
        self._keys = keys

    def append(self, events: Iterable[tuple[str, LogEntry]]) -> None:
        """Add events, each of the job it is named with, in one round trip."""
        by_job: dict[str, list[bytes]] = {}
        for job_id, entry in events:
            by_job.setdefault(job_id, []).append(msgspec.json.encode(entry))
        with self._redis.pipeline(transaction=False) as pipe:
            for job_id, encoded in by_job.items():
                key = self._keys.job_log(job_id)
                pipe.rpush(key, *encoded)
                pipe.ltrim(key, -MAX_EVENTS, -1)
                pipe.expire(key, LOG_TTL_S)
            pipe.execute()

    def tail(self, job_id: str, limit: int) -> list[LogEntry]:
        """Return the last events of a job, oldest first."""
        found = self._redis.lrange(self._keys.job_log(job_id), -limit, -1)
        return [decode_json(each, LogEntry) for each in cast("list[bytes]", found)]

    def delete(self, job_ids: Sequence[str]) -> None:
        """Forget the logs of these jobs."""
        if job_ids:
            self._redis.delete(*(self._keys.job_log(job_id) for job_id in job_ids))
