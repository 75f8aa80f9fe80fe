"""The worker process: `python -m worker.main`; waits for Redis, asks for a build, runs jobs.

Imports nothing heavy: the building happens in children.
"""

import os
import signal
import sys
import time
from collections.abc import Callable
from types import FrameType
from typing import Final

import redis

from shared.errors import SettingsError, StoreUnavailableError
from shared.job_log import JobLogs
from shared.queue import JobQueue
from shared.redis_client import connect, require_noeviction
from shared.redis_keys import RedisKeys
from shared.releases.store import open_store
from shared.settings import StoreSettings, read_store_settings
from shared.telemetry import LEVEL, configure_logging, log
from shared.tracing import configure_tracing
from worker.asking import Asking
from worker.job_log import kept_logs
from worker.metrics import PROCESS, WorkerMetrics
from worker.runner import ButacaWorker, create_worker
from worker.schedule import scheduled
from worker.settings import WorkerSettings, read_worker_settings

FIRST_WAIT_S: Final = 0.5
LONGEST_WAIT_S: Final = 10.0
METRICS_TIMEOUT_S: Final = 1.0


def main() -> int:
    """Run until told to stop; a server that is away is waited for, however long."""
    signal.signal(signal.SIGTERM, _leave)
    try:
        configure_logging(PROCESS, os.environ.get(LEVEL, "INFO"))
        settings = read_worker_settings(os.environ)
        address = read_store_settings(os.environ)
        connect(address.url).close()
        metrics = WorkerMetrics(connect(address.url, timeout_s=METRICS_TIMEOUT_S))
        if settings.metrics_port:
            metrics.serve(settings.metrics_host, settings.metrics_port)
    except SettingsError as error:
        log().error("settings_invalid", reason=str(error))
        return 2
    configure_tracing(PROCESS, os.environ)
    while not serve(settings, address, metrics):
        log().warning("worker_reconnecting")
        time.sleep(FIRST_WAIT_S)
    return 0


def serve(settings: WorkerSettings, address: StoreSettings, metrics: WorkerMetrics) -> bool:
    """Work until told to stop (True) or until Redis goes away (False)."""
    keys = RedisKeys(address.namespace)
    client, store = connect(address.url), open_store(address)
    wait_for_redis(client)
    queue = JobQueue(client, keys)
    asking = Asking(settings, store, queue)
    try:
        queue.publish_sources(list(settings.places))
        asking.at_start()
        worker = create_worker(connect(address.url), keys, metrics)
        # The schedule's thread and the log's use this client too: it is safe to share.
        schedule = scheduled(settings.rebuild_cron, client, asking.at_turn)
        with kept_logs(JobLogs(client, keys)), schedule:
            return _work(worker)
    except (redis.RedisError, StoreUnavailableError) as error:
        log().error("redis_lost", reason=str(error))
        return False
    finally:
        client.close()
        store.close()


def _work(worker: ButacaWorker) -> bool:
    """Run jobs until told to stop (True) or until Redis goes away (False)."""
    try:
        worker.work(logging_level="WARNING")
    except redis.RedisError as error:
        log().error("redis_lost", reason=str(error))
    finally:
        worker.abandon()
        worker.connection.close()
        # RQ's handlers belong to a worker that is gone.
        signal.signal(signal.SIGTERM, _leave)
        signal.signal(signal.SIGINT, _leave)
    return worker.is_stopping


def wait_for_redis(client: redis.Redis, *, sleep: Callable[[float], object] = time.sleep) -> None:
    """Return once Redis answers and is set not to evict; retry for ever, ever more slowly."""
    wait_s = FIRST_WAIT_S
    while True:
        try:
            client.ping()
            require_noeviction(client)
        except (redis.RedisError, StoreUnavailableError, SettingsError) as error:
            log().error("redis_not_usable", reason=str(error), retry_s=wait_s)
        else:
            return
        sleep(wait_s)
        wait_s = min(2 * wait_s, LONGEST_WAIT_S)


def _leave(_signum: int, _frame: FrameType | None) -> None:
    sys.exit(0)


if __name__ == "__main__":
    sys.exit(main())
