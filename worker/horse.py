"""The child of the worker: `python -m worker.horse` runs the one job its environment names."""

import ctypes
import os
import signal
import sys
from typing import Final

from shared.job_log import JobLogs
from shared.redis_client import connect
from shared.redis_keys import RedisKeys
from shared.settings import read_store_settings
from shared.telemetry import LEVEL, configure_logging
from shared.tracing import configure_tracing
from worker.runner import PARENT, run_child
from worker.settings import read_worker_settings

# The log is no reason to wait.
LOG_TIMEOUT_S: Final = 2.0
_PR_SET_PDEATHSIG: Final = 1


def main() -> None:
    """Tie this process to its parent, step behind those that answer, then run the job."""
    die_with_parent(int(os.environ[PARENT]))
    os.nice(read_worker_settings(os.environ).nice)
    configure_logging("worker", os.environ.get(LEVEL, "INFO"))
    configure_tracing("worker", os.environ)
    settings = read_store_settings(os.environ)
    # A build uses the server now and then, so the connection may wait longer than a service's.
    client = connect(settings.url, timeout_s=30)
    keys = RedisKeys(settings.namespace)
    logs = JobLogs(connect(settings.url, timeout_s=LOG_TIMEOUT_S), keys)
    run_child(client, keys, logs, os.environ.__getitem__)


def die_with_parent(parent: int) -> None:
    """Ask the kernel to kill this process when its parent dies: an orphan would publish too."""
    if sys.platform != "linux":
        return
    ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != parent:  # it died before the kernel knew
        os._exit(1)


if __name__ == "__main__":
    main()
