"""Connections to Redis, with the time-outs each use needs."""

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from shared.errors import SettingsError, StoreUnavailableError


def connect(url: str, *, timeout_s: float = 5.0) -> redis.Redis:
    """Make a client for `url` (redis://, rediss:// or unix://); connects on first use.

    Raises:
        SettingsError: the address has another form.
    """
    try:
        return redis.Redis.from_url(
            url,
            socket_timeout=timeout_s,
            socket_connect_timeout=timeout_s,
            retry=Retry(NoBackoff(), 1),
            health_check_interval=30,
        )
    except ValueError as error:
        raise SettingsError(f"REDIS_URL: {error}") from error


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
