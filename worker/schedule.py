"""The schedule: RQ's own cron asks for a build when it is due, in a thread of the worker."""

import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import Any, Final

import redis
from rq.cron import CronJob, CronScheduler
from rq.utils import now

from shared.contracts.jobs import BUILD_RELEASE
from shared.errors import JobConflictError, SettingsError
from shared.telemetry import log

SETTING: Final = "BUTACA_REBUILD_CRON"
_FIELDS: Final = 5
# The clock is looked at this often: it may be set.
TICK_S: Final = 5.0
# While a turn stays due, so many ticks pass between looks: each reads all input files.
WAITING_TICKS: Final = 12


def require_cron(text: str) -> None:
    """Check a crontab line of five fields.

    Raises:
        SettingsError: it is none, or no day is ever like it.
    """
    if len(text.split()) != _FIELDS or not _is_understood(text):
        raise SettingsError(
            f"{SETTING}: {text[:60]!r} is no crontab line of five fields, such as '30 4 * * *'"
        )


class ScheduledBuild(CronJob):
    """Asks for a build; `enqueue` is where RQ would put a job of its own on the queue."""

    def __init__(self, cron: str, ask: Callable[[str], object]) -> None:
        """Call `ask` with the time of each turn, in seconds since 1970 and whole minutes."""
        super().__init__(BUILD_RELEASE.queue, func_name=BUILD_RELEASE.path, cron=cron)
        self._ask = ask
        self._seen = now()

    def should_run(self) -> bool:
        """Whether a turn is due; a clock that was set back starts a new count.

        A clock set forward makes one turn due, however many were passed over.
        """
        before, self._seen = self._seen, now()
        if self._seen < before:
            self.latest_enqueue_time = None
            self.next_enqueue_time = self.get_next_enqueue_time()
        return super().should_run()

    def enqueue(self, connection: redis.Redis) -> Any:  # noqa: ANN401, ARG002  # as RQ has it
        """Ask for the build of this turn."""
        due = self.next_enqueue_time
        self._ask("" if due is None else f"{due.timestamp():.0f}")


@contextmanager
def scheduled(
    cron: str, client: redis.Redis, ask: Callable[[str], object], tick_s: float = TICK_S
) -> Generator[None]:
    """Ask at each turn of `cron` for as long as the block runs; nothing where it is empty."""
    if not cron:
        yield
        return
    scheduler = CronScheduler(client, logging_level="WARNING")
    scheduler.get_jobs().append(ScheduledBuild(cron, ask))
    stop = threading.Event()
    thread = threading.Thread(
        target=_run, args=(scheduler, stop, tick_s), name="schedule", daemon=True
    )
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(TICK_S)


def _is_understood(text: str) -> bool:
    """Whether RQ's cron can make a time of it."""
    try:
        ScheduledBuild(text, lambda _: None)
    except ValueError:
        return False
    return True


def _pause(scheduler: CronScheduler, tick_s: float, *, is_due: bool) -> float:
    if is_due:
        return WAITING_TICKS * tick_s
    return min(tick_s, scheduler.calculate_sleep_interval() or tick_s)


def _run(scheduler: CronScheduler, stop: threading.Event, tick_s: float) -> None:
    is_due = is_waiting = False
    while not stop.wait(_pause(scheduler, tick_s, is_due=is_due)):
        is_due = True
        try:
            scheduler.enqueue_jobs()
            is_due = is_waiting = False
        except JobConflictError as error:
            # The turn stays due.
            if not is_waiting:
                log().info("schedule_waits", reason=error.message)
            is_waiting = True
        except Exception as error:  # noqa: BLE001  # a thread that dies is a schedule that ends
            # The turn stays due.
            log().warning("schedule_failed", reason=str(error), exc_info=error)
