"""The only place where a Redis key is spelled.

Every key of a deployment shares one hash tag, so that one script may touch all of them on a
cluster too. RQ spells its own keys (`rq:*`).
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class RedisKeys:
    """Keys of one deployment.

    `namespace` keeps releases apart; RQ's own keys are not in it, so two deployments that build
    need two databases of the server.
    """

    namespace: str = "butaca"

    def _key(self, name: str) -> str:
        return f"{{{self.namespace}}}:{name}"

    def release_counter(self) -> str:
        """Integer; written by the worker (INCR); the last number given out; no TTL."""
        return self._key("release:counter")

    def release_fence(self) -> str:
        """Integer; written on publish; only higher numbers may go live; no TTL."""
        return self._key("release:fence")

    def live_release(self) -> str:
        """JSON `ReleaseRef`; written on publish, polled by every service; no TTL."""
        return self._key("release:live")

    def kept_releases(self) -> str:
        """Sorted set of published release numbers, oldest first; written on publish; no TTL."""
        return self._key("release:kept")

    def candidate(self) -> str:
        """JSON `Candidate`; the last refused build and why; written by the worker; 7 days."""
        return self._key("release:candidate")

    def pinned_releases(self) -> str:
        """Set of release numbers that are never dropped; written by operators; no TTL."""
        return self._key("release:pinned")

    def manifest(self, number: int) -> str:
        """JSON `Manifest`; written by the worker, read by services; TTL until published."""
        return self._key(f"release:{number}:manifest")

    def chunk(self, sha256: str) -> str:
        """Bytes with this digest, shared between releases; TTL until published."""
        return self._key(f"chunk:{sha256}")

    def job_sequence(self, name: str = "build") -> str:
        """Integer; number of the latest job of this kind; written by `shared.queue`; no TTL."""
        # Builds were the only kind once.
        return self._key("job:sequence" if name == "build" else f"job:sequence:{name}")

    def idempotency(self, key_sha256: str) -> str:
        """JSON: the request that came under this key, and its job; by `shared.queue`; 24 h."""
        return self._key(f"job:idempotency:{key_sha256}")

    def job_log(self, job_id: str) -> str:
        """List of JSON `LogEntry`, oldest first, the last 1,000; by the job's process; 30 days."""
        return self._key(f"job:log:{job_id}")

    def job_cancellation(self, job_id: str) -> str:
        """Set while a job is to be stopped; by `shared.queue`, read by the worker; 7 days."""
        return self._key(f"job:cancel:{job_id}")

    def worker_sources(self) -> str:
        """JSON list of the names a request may give as `source`; by the worker's start; no TTL."""
        return self._key("worker:sources")

    def api_keys(self) -> str:
        """Hash of key id to JSON `shared.api_keys.StoredKey`; written by gateways; no TTL."""
        return self._key("keys")

    def rate_bucket(self, caller: str) -> str:
        """Hash of a caller's token bucket; by `shared/limits`; expires once it is full again."""
        return self._key(f"limit:{caller}")

    def worker_heartbeat(self) -> str:
        """Timestamp; written by the worker every few seconds; expires when it is gone."""
        return self._key("worker:heartbeat")
