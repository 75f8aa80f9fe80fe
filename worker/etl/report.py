"""What an extraction tells of itself: times, rows lost on the way, and ids of interest."""

import time
from collections import Counter, defaultdict
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from typing import Final

import polars as pl

from shared.contracts.reports import IdList, StepReport
from worker.memory import peak_mb

MAX_IDS: Final = 1000


class Steps:
    """The steps of an extraction; each may be entered many times, by one thread at a time."""

    def __init__(self) -> None:
        """Begin with none."""
        self._seconds = defaultdict[str, float](float)
        self._peaks_mb = defaultdict[str, int](int)

    @contextmanager
    def time(self, step: str) -> Generator[None]:
        """Add the wall time of a block to a step, and note the memory held."""
        start = time.perf_counter()
        yield
        self._seconds[step] += time.perf_counter() - start
        self._peaks_mb[step] = max(self._peaks_mb[step], peak_mb())

    def describe(self, step: str, file: str, rows_in: int, lost: Mapping[str, int]) -> StepReport:
        """Report a step that took `rows_in` rows of `file` and lost some of them."""
        counted = {reason: lost[reason] for reason in sorted(lost) if lost[reason]}
        return StepReport(
            step=f"extract.{step}",
            seconds=round(self._seconds[step], 3),
            peak_mb=self._peaks_mb[step],
            file=file,
            rows_in=rows_in,
            rows_out=rows_in - sum(counted.values()),
            lost=counted,
        )


def first_ids(ids: pl.Series) -> IdList:
    """Count the ids, and list the first distinct ones in ascending order."""
    return IdList(count=ids.len(), ids=ids.unique().sort().head(MAX_IDS).to_list())


def no_ids() -> IdList:
    """List nothing."""
    return IdList(count=0, ids=[])


def merge_counts(counts: list[dict[str, int]]) -> Counter[str]:
    """Add up the counts of the pieces of a file."""
    total = Counter[str]()
    for count in counts:
        total.update(count)
    return total
