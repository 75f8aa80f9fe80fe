"""API keys: how they are made, checked and stored. The secret is in no store and no log.

A key is `butaca_<id>_<secret>`. The id finds the entry, the digest of the secret is compared.
"""

import datetime as dt
import hashlib
import hmac
import secrets
from typing import Final, NamedTuple, cast

import msgspec
import redis

from shared.contracts.base import Wire
from shared.contracts.keys import KeyRequest, Role
from shared.decoding import decode_json
from shared.errors import InvalidRequestError, KeyNotFoundError, StoreUnavailableError
from shared.redaction import KEY_PREFIX, without_secrets
from shared.redis_keys import RedisKeys
from shared.telemetry import log

MAX_KEYS: Final = 1000
_SHOWN: Final = 40
_ID_BYTES: Final = 6
_SECRET_BYTES: Final = 32
# Compared with where there is no entry, so that an unknown id takes as long as a wrong secret.
_NOBODY: Final = hashlib.sha256(b"").hexdigest()


class StoredKey(Wire, frozen=True):
    """A key as Redis has it; its id is the field of the hash."""

    sha256: str
    role: Role
    name: str
    created_at: dt.datetime
    expires_at: dt.datetime | None = None

    def is_over(self, now: dt.datetime) -> bool:
        """Whether it has expired."""
        return self.expires_at is not None and self.expires_at <= now


class NewKey(NamedTuple):
    """A key just made: `text` is what its owner sends, once known and never again."""

    key_id: str
    text: str
    stored: StoredKey


def make_key(request: KeyRequest, now: dt.datetime) -> NewKey:
    """Make a key of 256 random bits."""
    key_id, secret = secrets.token_hex(_ID_BYTES), secrets.token_urlsafe(_SECRET_BYTES)
    days = request.expires_in_days
    stored = StoredKey(
        sha256=digest(secret),
        role=request.role,
        name=request.name,
        created_at=now,
        expires_at=None if days is None else now + dt.timedelta(days=days),
    )
    return NewKey(key_id, f"{KEY_PREFIX}_{key_id}_{secret}", stored)


def split_key(text: str) -> tuple[str, str] | None:
    """Return id and secret of a key, None where the text is none of ours."""
    prefix, _, rest = text.partition("_")
    key_id, _, secret = rest.partition("_")
    return (key_id, secret) if prefix == KEY_PREFIX and key_id and secret else None


def digest(secret: str) -> str:
    """Return what is stored of a secret.

    Nobody guesses 256 random bits, so nothing is won by a hash that is slow.
    """
    return hashlib.sha256(secret.encode()).hexdigest()


def is_secret_of(secret: str, stored: StoredKey | None) -> bool:
    """Compare in constant time; without an entry it takes as long and is false."""
    wanted = _NOBODY if stored is None else stored.sha256
    return hmac.compare_digest(digest(secret), wanted) and stored is not None


class KeyStore:
    """The keys in Redis; every method may block, and raises `StoreUnavailableError`."""

    def __init__(self, client: redis.Redis, keys: RedisKeys) -> None:
        """Use the hash of one deployment."""
        self._client = client
        self._hash = keys.api_keys()

    def load(self) -> dict[str, StoredKey]:
        """Return all keys by id; an entry that cannot be read is none."""
        try:
            found = cast("dict[bytes, bytes]", self._client.hgetall(self._hash))
        except redis.RedisError as error:
            raise StoreUnavailableError(f"Redis does not answer: {error}") from error
        loaded: dict[str, StoredKey] = {}
        for field, value in found.items():
            try:
                loaded[field.decode()] = decode_json(value, StoredKey)
            except ValueError:  # of the id, or of the entry
                log().warning("api_key_unreadable", key_id=field.decode("ascii", "replace"))
        return loaded

    def add(self, new: NewKey) -> None:
        """Store a new key.

        Raises:
            InvalidRequestError: there are too many.
        """
        try:
            if self._client.hlen(self._hash) >= MAX_KEYS:
                raise InvalidRequestError(f"There are {MAX_KEYS} keys: revoke some first.")
            self._client.hset(self._hash, new.key_id, msgspec.json.encode(new.stored))
        except redis.RedisError as error:
            raise StoreUnavailableError(f"Redis does not answer: {error}") from error

    def remove(self, key_id: str) -> None:
        """Drop a key.

        Raises:
            KeyNotFoundError: there is none of this id.
        """
        try:
            removed = self._client.hdel(self._hash, key_id)
        except redis.RedisError as error:
            raise StoreUnavailableError(f"Redis does not answer: {error}") from error
        if not removed:
            shown = without_secrets(key_id)[:_SHOWN]
            raise KeyNotFoundError(f"There is no key {shown}; GET /v1/keys lists them.")
