"""What the worker is told by its environment."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Final

import msgspec

from shared.settings import read_settings
from worker.etl.encodings import Encoding
from worker.etl.sources import MAX_SOURCE_BYTES

PREFIX: Final = "BUTACA_WORKER_"
# The truth file concerns builds and evaluations, so it goes by a shorter name too.
TRUTH: Final = "BUTACA_TRUTH"
Share = Annotated[float, msgspec.Meta(ge=0, le=1)]


class WorkerSettings(msgspec.Struct, frozen=True, kw_only=True):
    """The input folder, how much of the machine to use, and the bounds of a build.

    `threads` 0 means all processors this process may use. `max_quarantine_share` is the share
    of a file's rows that may be unusable; `min_rows_share` the least share of the live
    release's movies that a new one must have. `encoding` is that of the input files, and
    `max_source_bytes` the most that one of them may hold unpacked. `truth` is a file of known
    recommendations to measure against, empty for those of the input folder, if any.
    """

    data: str = "data"
    threads: Annotated[int, msgspec.Meta(ge=0, le=256)] = 0
    max_quarantine_share: Share = 0.01
    min_rows_share: Share = 0.5
    encoding: Encoding = "utf-8"
    max_source_bytes: Annotated[int, msgspec.Meta(ge=1)] = MAX_SOURCE_BYTES
    truth: str = ""

    @property
    def folder(self) -> Path:
        """The input folder."""
        return Path(self.data)

    @property
    def truth_file(self) -> Path | None:
        """The truth file, where one is named."""
        return Path(self.truth) if self.truth else None

    @property
    def usable_threads(self) -> int:
        """How many threads to use, at least 1."""
        return self.threads or count_processors()


def read_worker_settings(environ: Mapping[str, str]) -> WorkerSettings:
    """Read `BUTACA_WORKER_*` and `BUTACA_TRUTH`.

    Raises:
        SettingsError: a variable is unknown, or of the wrong type or range.
    """
    given = dict(environ)
    if TRUTH in given:
        given[f"{PREFIX}TRUTH"] = given[TRUTH]
    return read_settings(WorkerSettings, given, PREFIX)


def count_processors() -> int:
    """Count the processors this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
