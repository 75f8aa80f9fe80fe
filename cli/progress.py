"""Show a job: a moving bar on a terminal, a line per step elsewhere."""

from types import TracebackType
from typing import Self

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


class BuildDisplay:
    """Follows one job after another; call `show` with each view of it, as often as liked."""

    def __init__(self, console: Console) -> None:
        """Write to `console`; a bar only where that is a terminal."""
        self._console = console
        self._bar: Progress | None = None
        self._task: TaskID | None = None
        self._said: set[str] = set()
        self._job_id: str | None = None

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
        if job.id != self._job_id:
            self._job_id, self._said = job.id, set()
            self._say(f"{job.name} {job.id}: {job.status}")
        for step, seconds in job.seconds.items():
            if step not in self._said:
                self._said.add(step)
                self._say(f"  {step}: {seconds:.1f} s")
        if job.status in ENDED:
            self.close()
            self._say(_closing_line(job))
        elif self._console.is_terminal:
            self._move(job)

    def close(self) -> None:
        """Take the bar away."""
        if self._bar is not None:
            self._bar.stop()
        self._bar = self._task = None

    def _move(self, job: JobView) -> None:
        text = f"{job.step or job.status}"
        if job.eta_s is not None:
            text += f" · {job.eta_s:.0f} s left"
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
        self._console.print(line, markup=False, highlight=False, soft_wrap=True)


def _closing_line(job: JobView) -> str:
    line = f"{job.name} {job.id}: {job.status}"
    if job.started_at is not None and job.ended_at is not None:
        line += f" in {(job.ended_at - job.started_at).total_seconds():.1f} s"
    if job.error is not None:
        line += f" · {job.error.code}: {job.error.message}"
    return line
