"""The container health check of the worker, as the container runs it."""

import os
import subprocess
import sys

import redis

from shared.redis_keys import RedisKeys


def health(url: str, keys: RedisKeys) -> int:
    environ = os.environ | {"REDIS_URL": url, "BUTACA_NAMESPACE": keys.namespace}
    done = subprocess.run(
        [sys.executable, "-m", "worker.health"], env=environ, check=False, timeout=30
    )
    return done.returncode


def test_a_worker_lives_while_its_heart_beats(
    redis_url: str, redis_client: redis.Redis, redis_keys: RedisKeys
) -> None:
    assert health(redis_url, redis_keys) == 1
    redis_client.set(redis_keys.worker_heartbeat(), "now", ex=60)
    assert health(redis_url, redis_keys) == 0


def test_a_worker_that_waits_for_redis_is_not_restarted(redis_keys: RedisKeys) -> None:
    assert health("redis://127.0.0.1:1/0", redis_keys) == 0
