"""The worker's container health check: `python -m worker.health` exits 0 while it lives."""

import os
import sys

import redis

from shared.redis_client import connect
from shared.redis_keys import RedisKeys
from shared.settings import read_store_settings


def is_alive() -> bool:
    """Whether a worker has written its heartbeat lately; it waits while Redis is away."""
    settings = read_store_settings(os.environ)
    client = connect(settings.url, timeout_s=2)
    try:
        return bool(client.exists(RedisKeys(settings.namespace).worker_heartbeat()))
    except redis.RedisError:
        # The worker is waiting for Redis: restarting it would not help.
        return True


if __name__ == "__main__":
    sys.exit(0 if is_alive() else 1)
