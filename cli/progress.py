"""Show a job: a moving bar on a terminal, a line per step elsewhere."""

import time
from collections.abc import Callable
from types import TracebackType
from typing import Final, Self

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
)

from cli.ops import ENDED
from shared.contracts.jobs import JobView

# Elsewhere than on a terminal, a step that goes on says so this often.
QUIET_S: Final = 10.0


class BuildDisplay:
    """Follows one job after another; call `show` with each view of it, as often as liked."""

    def __init__(self, console: Console, now_s: Callable[[], float] = time.monotonic) -> None:
        """Write to `console`; a bar only where that is a terminal."""
        self._console = console
        self._now_s = now_s
        self._said_at = now_s()
        self._bar: Progress | None = None
        self._task: TaskID | None = None
        self._said: set[str] = set()
        self._heading: tuple[str, str] | None = None

    def __enter__(self) -> Self:
        """Use it in a `with`, so that the terminal is always given back."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Take the bar away."""
        self.close()

    def show(self, job: JobView) -> None:
        """Show where the job stands; after its end, say how long each step took."""
        self._head(job)
        for step, seconds in job.seconds.items():
            if step not in self._said:
                self._said.add(step)
                self._say(f"  {step}: {seconds:.1f} s")
        if job.status in ENDED:
            self.close()
            self._say(_closing_line(job))
        elif self._console.is_terminal:
            self._move(job)
        elif job.step is not None and self._now_s() - self._said_at >= QUIET_S:
            self._say(f"  {describe_progress(job)}")

    def close(self) -> None:
        """Take the bar away."""
        if self._bar is not None:
            self._bar.stop()
        self._bar = self._task = None

    def _head(self, job: JobView) -> None:
        """Name the job, and say its status whenever that is another; the end has its own line."""
        is_other = self._heading is None or self._heading[0] != job.id
        if is_other:
            self._said = set()
        if job.status in ENDED:
            if is_other and job.seconds:
                self._say(f"{job.name} {job.id}")
        elif self._heading != (job.id, job.status):
            self._say(f"{job.name} {job.id}: {job.status}")
        self._heading = job.id, job.status

    def _move(self, job: JobView) -> None:
        text = job.step or job.status
        text += "" if job.eta_s is None else f" · {job.eta_s:.0f} s left"
        if self._bar is None:
            columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
            self._bar = Progress(
                *columns, TimeElapsedColumn(), console=self._console, transient=True
            )
            self._bar.start()
        if self._task is None:
            self._task = self._bar.add_task(text, total=None)
        self._bar.update(
            self._task, description=text, completed=job.done or 0, total=job.total or None
        )

    def _say(self, line: str) -> None:
        self._said_at = self._now_s()
        self._console.print(line, markup=False, highlight=False, soft_wrap=True)


def describe_progress(job: JobView) -> str:
    """Say which step a job is at, and how far within it where that can be told."""
    line = job.step or job.status
    if job.total:
        line += f" {job.done or 0}/{job.total}"
    return line if job.eta_s is None else f"{line} · {job.eta_s:.0f} s left"


def _closing_line(job: JobView) -> str:
    line = f"{job.name} {job.id}: {job.status}"
    if job.started_at is not None and job.ended_at is not None:
        line += f" in {(job.ended_at - job.started_at).total_seconds():.1f} s"
    result = job.result or {}
    if job.name == "build" and "outcome" in result:
        line += f" · {result['outcome']}, release {result.get('release')}"
    if job.error is not None:
        line += f" · {job.error.code}: {job.error.message}"
    return line
