"""The worker process, without a job: what it imports, and how it waits."""

import subprocess
import sys

import redis

from shared.redis_client import connect
from worker.main import wait_for_redis

HEAVY = {"polars", "torch", "faiss", "numpy", "scipy", "sklearn", "sentence_transformers"}


def test_the_worker_imports_nothing_heavy() -> None:
    code = "import worker.main, worker.horse, sys; print(*{m.split('.')[0] for m in sys.modules})"
    command = [sys.executable, "-c", code]
    found = subprocess.run(command, capture_output=True, check=True, text=True).stdout.split()
    assert HEAVY.isdisjoint(found)


def test_an_absent_server_is_waited_for_ever_more_slowly(redis_url: str) -> None:
    waits: list[float] = []
    client = connect("redis://127.0.0.1:1/0")

    def sleep(seconds: float) -> None:
        waits.append(seconds)
        if len(waits) == 7:
            client.connection_pool = connect(redis_url).connection_pool

    wait_for_redis(client, sleep=sleep)
    assert waits == [0.5, 1.0, 2.0, 4.0, 8.0, 10.0, 10.0]


def test_a_server_that_evicts_is_waited_for(redis_client: redis.Redis) -> None:
    redis_client.config_set("maxmemory-policy", "allkeys-lru")
    waits: list[float] = []

    def sleep(seconds: float) -> None:
        waits.append(seconds)
        redis_client.config_set("maxmemory-policy", "noeviction")

    wait_for_redis(redis_client, sleep=sleep)
    assert waits == [0.5]


def test_a_command_to_stop_without_a_child_does_not_end_the_worker(redis_url: str) -> None:
    code = (
        "from shared.redis_client import connect; from shared.redis_keys import RedisKeys\n"
        "from worker.runner import create_worker\n"
        f"create_worker(connect({redis_url!r}), RedisKeys()).kill_horse(); print('alive')"
    )
    command = [sys.executable, "-c", code]
    # A group of its own: RQ would end the whole group.
    found = subprocess.run(
        command, capture_output=True, check=False, text=True, start_new_session=True
    )
    assert found.stdout == "alive\n"
