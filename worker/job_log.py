"""Keeps what is logged about jobs: a structlog step that copies events into the jobs' logs.

Events go out from a thread of their own, a moment after they came. A server that is away costs
the lines, never the job.
"""

import datetime as dt
import re
import threading
from collections import deque
from collections.abc import Generator
from contextlib import contextmanager
from typing import Any, Final

import msgspec
import redis
import structlog
from structlog.typing import EventDict, WrappedLogger

from shared.contracts.jobs import LogEntry
from shared.job_log import MAX_EVENTS, JobLogs

# Events that come within this go together.
GATHER_S: Final = 0.1
# A traceback fits, a table does not.
MAX_TEXT: Final = 8_000
MAX_ENTRY_BYTES: Final = 32_000
# Shown elsewhere in an entry, or the same in all of them.
_TAKEN: Final = frozenset({"event", "level", "timestamp", "job", "process"})
# Up to the last @ of the host's part: a password may hold one.
_LOGIN: Final = re.compile(r"(?<=://)[^/\s\"']+@")


class LogKeeper:
    """Copies each event that names a `job`, and the others into the log of `job_id`, if given."""

    def __init__(self, logs: JobLogs, job_id: str | None = None) -> None:
        """Keep events in `logs`."""
        self._logs = logs
        self._job_id = job_id
        self._waiting: deque[tuple[str, LogEntry]] = deque(maxlen=MAX_EVENTS)
        self._flushing = threading.Lock()
        self._wake = threading.Event()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="job-log", daemon=True)
        self._thread.start()

    def __call__(self, _logger: WrappedLogger, method: str, event: EventDict) -> EventDict:
        """Take a copy and pass the event on (a structlog processor)."""
        job_id = event.get("job", self._job_id)
        if isinstance(job_id, str):
            self._waiting.append((job_id, _entry(method, event)))
            self._wake.set()
        return event

    def flush(self) -> None:
        """Write what has gathered; what the server does not take is lost."""
        with self._flushing:
            events = [self._waiting.popleft() for _ in range(len(self._waiting))]
            if events:
                try:
                    self._logs.append(events)
                except redis.RedisError:
                    return

    def close(self) -> None:
        """Write what is left, once, and end the thread."""
        self._stop.set()
        self._wake.set()
        self.flush()

    def _run(self) -> None:
        while self._wake.wait() and not self._stop.wait(GATHER_S):
            self._wake.clear()
            self.flush()


@contextmanager
def kept_logs(logs: JobLogs, job_id: str | None = None) -> Generator[LogKeeper]:
    """Copy events into `logs` for as long as the block runs; those of the child are its job's."""
    keeper = LogKeeper(logs, job_id)
    before = structlog.get_config()["processors"]
    # The last step makes text of the event.
    structlog.configure(processors=[*before[:-1], keeper, before[-1]])
    try:
        yield keeper
    finally:
        structlog.configure(processors=before)
        keeper.close()


def _entry(method: str, event: EventDict) -> LogEntry:
    fields = {str(name): _plain(value) for name, value in event.items() if name not in _TAKEN}
    if len(msgspec.json.encode(fields)) > MAX_ENTRY_BYTES:
        fields = {"cut": True}
    return LogEntry(
        at=dt.datetime.now(dt.UTC),
        level=str(event.get("level", method)),
        event=_text(event.get("event", "")),
        fields=fields,
    )


def _plain(value: object) -> Any:  # noqa: ANN401  # what JSON can hold
    """What JSON can hold of a value, without names and passwords in addresses."""
    if isinstance(value, str):
        return _text(value)
    if value is None or isinstance(value, bool | int | float):
        return value
    try:
        return msgspec.json.decode(_text(msgspec.json.encode(value, enc_hook=str).decode()))
    except (msgspec.MsgspecError, TypeError, UnicodeError):
        return _text(repr(value))


def _text(value: object) -> str:
    """The end of a text; what is no Unicode, such as the bytes of a file's name, is replaced."""
    text = str(value).encode("utf-8", "replace").decode()
    return _LOGIN.sub("…@", text)[-MAX_TEXT:]
