"""Connections to Redis, with the time-outs each use needs."""

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from shared.errors import SettingsError, StoreUnavailableError


def connect(url: str, *, timeout_s: float = 5.0) -> redis.Redis:
    """Make a client for `url` (redis://, rediss:// or unix://); connects on first use.

    A broken connection is noticed by the command that fails on it, which is tried once more.
    There is no check by PING: a server whose disk is full refuses that, and still answers GET.

    Raises:
        SettingsError: the address has another form.
    """
    try:
        return redis.Redis.from_url(
            url,
            socket_timeout=timeout_s,
            socket_connect_timeout=timeout_s,
            retry=Retry(NoBackoff(), 1),
        )
    except ValueError:
        # What the library says, and the traceback with it, may name a part of the password.
        raise SettingsError(
            "REDIS_URL: give an address such as redis://:PASSWORD@HOST:6379/0 (or rediss://, "
            "unix://), with the special characters of the password percent-encoded"
        ) from None


def require_noeviction(client: redis.Redis) -> None:
    """Check that the server never evicts: an evicted chunk breaks a live release.

    A managed server that hides CONFIG is believed.

    Raises:
        SettingsError: the policy is another one.
        StoreUnavailableError: the server does not answer.
    """
    try:
        policy = client.config_get("maxmemory-policy").get("maxmemory-policy", "noeviction")
    except redis.ResponseError:
        return
    except redis.RedisError as error:
        raise StoreUnavailableError(f"Redis does not answer: {error}") from error
    if policy != "noeviction":
        raise SettingsError(f"Redis must run with maxmemory-policy noeviction, not {policy}")
