"""Idempotency keys: which job a key stands for, for 24 hours."""

import hashlib
from typing import Final

import msgspec
import redis

from shared.contracts.base import Wire
from shared.decoding import decode_json
from shared.errors import IdempotencyConflictError
from shared.redis_keys import RedisKeys

CLAIM_TTL_S: Final = 24 * 3600


class Claim(Wire, frozen=True):
    """A digest of the request that came under a key, and the id its job has or will have.

    `joins` tells that the job was there already, made for somebody else.
    """

    request: str
    job: str
    joins: bool = True


class Claims:
    """The claims of all keys; raises what redis-py raises."""

    def __init__(self, client: redis.Redis, keys: RedisKeys) -> None:
        """Use `client` for the claims under `keys`."""
        self._redis = client
        self._keys = keys

    def take(self, key: str, claim: Claim) -> Claim:
        """Return `claim` itself if it is the first of this key, and the first one otherwise.

        Raises:
            IdempotencyConflictError: that one is of another request.
        """
        place = self._place(key)
        while not self._redis.set(place, msgspec.json.encode(claim), nx=True, ex=CLAIM_TTL_S):
            first = self.find(key, claim.request)
            if first is not None:
                return first
            # It expired between the two commands.
        return claim

    def find(self, key: str, request: str) -> Claim | None:
        """Return the claim of a key, if there is one.

        Raises:
            IdempotencyConflictError: it is of another request than the one with this digest.
        """
        stored = self._redis.get(self._place(key))
        if not isinstance(stored, bytes):
            return None
        claim = decode_json(stored, Claim)
        if claim.request != request:
            raise IdempotencyConflictError(
                "This Idempotency-Key came with another request before; take a new key."
            )
        return claim

    def drop(self, key: str) -> None:
        """Forget the claim of a key."""
        self._redis.delete(self._place(key))

    def _place(self, key: str) -> str:
        return self._keys.idempotency(name_of(key))


def name_of(key: str) -> str:
    """What stands for a key in Redis: whatever the caller sent, it is short and plain."""
    return hashlib.sha256(key.encode()).hexdigest()


def digest_of(name: str, payload: msgspec.Struct) -> str:
    """SHA-256 of what a request asks for."""
    return hashlib.sha256(f"{name} ".encode() + msgspec.json.encode(payload)).hexdigest()
