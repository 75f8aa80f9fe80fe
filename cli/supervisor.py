"""Keep a handful of processes running, and end them in order.

Nothing happens in the background: the owner calls `tick()` a few times a second.
"""

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from cli import leash

BACKOFF_S = (0.5, 1.0, 2.0, 5.0)
HEALTHY_AFTER_S = 30.0
GRACE_S = 2.5
KILL_S = 0.5
_POLL_S = 0.02


@dataclass(frozen=True, kw_only=True)
class ProcessSpec:
    """One process: `environ` is its whole environment, `log` gets all it prints."""

    name: str
    command: list[str]
    environ: Mapping[str, str]
    cwd: Path
    log: Path


@dataclass(frozen=True, kw_only=True)
class Restart:
    """A process that died, how, how often in a row, and when it is started again.

    What it said begins at the byte `log_begin` of its log; `is_first` if it was its first run.
    """

    name: str
    code: int
    failures: int
    delay_s: float
    log_begin: int
    is_first: bool

    @property
    def signal(self) -> str | None:
        """The name of the signal that ended it, or its leash, which says 128 and the number."""
        names = {each.value: each.name for each in signal.Signals}
        return names.get(self.code - 128 if self.code > 0 else -self.code)


class _Running:
    """A process under its leash, and its recent history."""

    def __init__(self, spec: ProcessSpec) -> None:
        self.spec = spec
        self.failures = 0
        self.runs = 0
        self.again_at: float | None = None
        self.start()

    def start(self) -> None:
        leashed = [sys.executable, "-I", "-S", leash.__file__, str(os.getpid())]
        self.runs += 1
        with self.spec.log.open("ab") as log:
            self.log_begin = log.tell()
            self.process = subprocess.Popen(
                [*leashed, *self.spec.command],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                env=dict(self.spec.environ),
                cwd=self.spec.cwd,
                start_new_session=True,
            )
        self.started = time.monotonic()
        self.again_at = None

    def signal_leash(self, number: signal.Signals) -> None:
        if self.process.poll() is None:
            self.process.send_signal(number)

    def kill_group(self) -> None:
        """Kill what is left of the group; its number is not reused while a member lives."""
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()


class Supervisor:
    """Starts processes, restarts the dead, stops all."""

    def __init__(self) -> None:
        """Start with none."""
        self._running: dict[str, _Running] = {}

    def start(self, spec: ProcessSpec) -> None:
        """Start one process; its name must be new."""
        self._running[spec.name] = _Running(spec)

    def is_running(self, name: str) -> bool:
        """Whether the process lives right now."""
        return self._running[name].process.poll() is None

    def failures(self, name: str) -> int:
        """How often in a row the process has died young."""
        return self._running[name].failures

    def tick(self) -> list[Restart]:
        """Look after every process once; return the deaths noticed."""
        now = time.monotonic()
        return [
            death
            for running in self._running.values()
            if (death := self._look_after(running, now)) is not None
        ]

    def stop(self, stages: Iterable[Iterable[str]]) -> None:
        """End the processes stage by stage, each politely, then by force; all are gone after."""
        for stage in stages:
            self._stop_stage([self._running[name] for name in stage if name in self._running])

    def _look_after(self, running: _Running, now: float) -> Restart | None:
        if running.again_at is not None:
            if now >= running.again_at:
                running.start()
            return None
        code = running.process.poll()
        if code is None:
            if now - running.started >= HEALTHY_AFTER_S:
                running.failures = 0
            return None
        running.kill_group()
        if now - running.started >= HEALTHY_AFTER_S:
            running.failures = 0
        delay_s = BACKOFF_S[min(running.failures, len(BACKOFF_S) - 1)]
        running.failures += 1
        running.again_at = now + delay_s
        return Restart(
            name=running.spec.name,
            code=code,
            failures=running.failures,
            delay_s=delay_s,
            log_begin=running.log_begin,
            is_first=running.runs == 1,
        )

    def _stop_stage(self, stage: list[_Running]) -> None:
        for running in stage:
            running.signal_leash(signal.SIGTERM)
        if not _all_end(stage, GRACE_S):
            for running in stage:
                # The leash knows the descendants that left its group.
                running.signal_leash(signal.SIGQUIT)
            _all_end(stage, KILL_S)
        for running in stage:
            running.kill_group()
            del self._running[running.spec.name]


def _all_end(stage: list[_Running], limit_s: float) -> bool:
    end = time.monotonic() + limit_s
    while any(running.process.poll() is None for running in stage):
        if time.monotonic() > end:
            return False
        time.sleep(_POLL_S)
    return True
