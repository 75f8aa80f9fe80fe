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

from shared.contracts.jobs import BuildPayload
from shared.errors import (
    ReleaseCorruptError,
    ReleaseSchemaError,
    SettingsError,
    SourceError,
    StoreUnavailableError,
)
from shared.queue import JobQueue
from shared.redis_client import connect, require_noeviction
from shared.redis_keys import RedisKeys
from shared.releases.store import ReleaseStore
from shared.settings import StoreSettings, read_store_settings
from shared.telemetry import configure_logging, log
from worker.code import recipe_digest
from worker.etl.sources import SourceFile, find_sources
from worker.evaluation.truth_files import find_truth, truth_digest
from worker.runner import create_worker
from worker.settings import WorkerSettings, read_worker_settings

FIRST_WAIT_S: Final = 0.5
LONGEST_WAIT_S: Final = 10.0


def main() -> int:
    """Run until told to stop; a server that is away is waited for, however long."""
    configure_logging("worker", os.environ.get("BUTACA_LOG_LEVEL", "INFO"))
    signal.signal(signal.SIGTERM, _leave)
    try:
        settings = read_worker_settings(os.environ)
        address = read_store_settings(os.environ)
        connect(address.url).close()
    except SettingsError as error:
        log().error("settings_invalid", reason=str(error))
        return 2
    while not serve(settings, address):
        log().warning("worker_reconnecting")
        time.sleep(FIRST_WAIT_S)
    return 0


def serve(settings: WorkerSettings, address: StoreSettings) -> bool:
    """Work until told to stop (True) or until Redis goes away (False)."""
    keys = RedisKeys(address.namespace)
    client = connect(address.url)
    wait_for_redis(client)
    try:
        ask_for_build(settings, client, keys)
        worker = create_worker(connect(address.url), keys)
    except (redis.RedisError, StoreUnavailableError) as error:
        log().error("redis_lost", reason=str(error))
        return False
    finally:
        client.close()
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


def ask_for_build(settings: WorkerSettings, client: redis.Redis, keys: RedisKeys) -> None:
    """Put a build on the queue when there is no release or its sources are not ours.

    Sources that can't be read get a build too: it fails, and says why where operators look.
    """
    try:
        sources = find_sources(settings.folder)
        truth = truth_digest(find_truth(settings.folder, settings.truth_file))
    except SourceError as error:
        log().error("no_sources", reason=error.message, folder=settings.data)
    else:
        recipe = recipe_digest(settings.encoding, truth)
        if is_current(ReleaseStore(client, keys), sources, recipe):
            log().info("release_is_current")
            return
    job, is_new = JobQueue(client, keys).enqueue_build(BuildPayload())
    log().info("build_enqueued", job=job.id, new=is_new)


def is_current(store: ReleaseStore, sources: tuple[SourceFile, ...], recipe: str) -> bool:
    """Whether the live release was made of these files, by this code."""
    try:
        ref = store.live()
        manifest = None if ref is None else store.manifest(ref)
    except (ReleaseCorruptError, ReleaseSchemaError) as error:
        log().error("live_release_unreadable", reason=str(error))
        return False
    if manifest is None or manifest.code != recipe:
        return False
    made_of = {(source.name, source.sha256) for source in manifest.sources}
    return made_of == {(str(source.name), source.sha256) for source in sources}


def _leave(_signum: int, _frame: FrameType | None) -> None:
    sys.exit(0)


if __name__ == "__main__":
    sys.exit(main())
