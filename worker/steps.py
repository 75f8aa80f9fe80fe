"""The steps of a build as they go: announced, timed, measured, logged and kept for the report."""

import time
from collections.abc import Generator, Iterable
from contextlib import contextmanager

import msgspec

from shared.contracts.reports import StepReport
from shared.telemetry import log
from shared.tracing import span
from worker.memory import peak_mb, reset_peak
from worker.progress import Reporter


class StepLog:
    """What each step took; `rows` is how many movies the steps to come work on."""

    def __init__(self, reporter: Reporter) -> None:
        """Tell `reporter` of each step."""
        self._reporter = reporter
        self.reports: list[StepReport] = []
        self.rows: int | None = None

    @property
    def seconds(self) -> dict[str, float]:
        """Seconds by step."""
        return {report.step: report.seconds for report in self.reports}

    @contextmanager
    def time(self, step: str) -> Generator[None]:
        """Announce and measure one step; one that fails is not kept."""
        self._reporter.begin(step)
        reset_peak()
        began = time.monotonic()
        with span(f"step {step}"):
            yield
        seconds, peak = time.monotonic() - began, peak_mb()
        self._keep(StepReport(step=step, seconds=round(seconds, 3), peak_mb=peak))
        self._reporter.end(step, seconds)
        log().info("build_step", step=step, seconds=round(seconds, 3), peak_mb=peak)

    def skip(self, steps: Iterable[str]) -> None:
        """Note steps whose result was taken over from the live release."""
        for step in steps:
            self._keep(StepReport(step=step, seconds=0, peak_mb=0, reused=True))

    def add(self, reports: Iterable[StepReport]) -> None:
        """Keep steps that were measured elsewhere."""
        self.reports.extend(reports)

    def _keep(self, report: StepReport) -> None:
        self.reports.append(msgspec.structs.replace(report, rows_in=self.rows, rows_out=self.rows))
