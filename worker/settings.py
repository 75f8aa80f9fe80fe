"""What the worker is told by its environment."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Final

import msgspec

from shared.errors import SettingsError
from shared.settings import read_settings
from worker.etl.encodings import Encoding
from worker.etl.sources import MAX_SOURCE_BYTES
from worker.places import SETTING as SOURCES
from worker.places import is_remote, parse_places
from worker.schedule import SETTING as REBUILD_CRON
from worker.schedule import require_cron

PREFIX: Final = "BUTACA_WORKER_"
# The truth file concerns builds and evaluations, so it goes by a shorter name too.
TRUTH: Final = "BUTACA_TRUTH"
# What may be written without WORKER.
SHORT_NAMES: Final = {TRUTH: f"{PREFIX}TRUTH", REBUILD_CRON: f"{PREFIX}REBUILD_CRON"}
Share = Annotated[float, msgspec.Meta(ge=0, le=1)]


class WorkerSettings(msgspec.Struct, frozen=True, kw_only=True):
    """The input folder, how much of the machine to use, and the bounds of a build.

    `threads` 0 means all processors this process may use; `nice` is how far a job steps behind
    other processes of its machine, so that answers do not wait for a build. `max_quarantine_share`
    is the share of a file's rows that may be unusable; `min_rows_share` the least share of the
    live release's movies that a new one must have. `encoding` is that of the input files, and
    `max_source_bytes` the most that one of them may hold unpacked. `truth` is a file of known
    recommendations to measure against, empty for those of the input folder, if any.

    `sources` names further folders and `https://` addresses that a build may be made of
    (`worker.places`). What comes from an address is kept in the folder `cache`; `ca_file` has the
    certificates to trust, empty for those of the system; all files of one source may take
    `fetch_timeout_s`. `rebuild_cron` is a crontab line in local time, empty for no schedule.
    Prometheus is answered on `metrics_port`, 0 for not at all.
    """

    data: str = "data"
    threads: Annotated[int, msgspec.Meta(ge=0, le=256)] = 0
    nice: Annotated[int, msgspec.Meta(ge=0, le=19)] = 10
    max_quarantine_share: Share = 0.01
    min_rows_share: Share = 0.5
    encoding: Encoding = "utf-8"
    max_source_bytes: Annotated[int, msgspec.Meta(ge=1)] = MAX_SOURCE_BYTES
    truth: str = ""
    sources: str = ""
    cache: str = ""
    ca_file: str = ""
    fetch_timeout_s: Annotated[float, msgspec.Meta(gt=0)] = 3600.0
    rebuild_cron: str = ""
    metrics_host: str = "127.0.0.1"
    metrics_port: Annotated[int, msgspec.Meta(ge=0, le=65535)] = 0

    @property
    def places(self) -> dict[str, str]:
        """The configured sources, folder or address by name."""
        return parse_places(self.sources)

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
    """Read `BUTACA_WORKER_*`, `BUTACA_TRUTH` and `BUTACA_REBUILD_CRON`.

    Raises:
        SettingsError: a variable is unknown, or of the wrong type or range.
    """
    given = dict(environ)
    for short, name in SHORT_NAMES.items():
        if short in given:
            given[name] = given[short]
    settings = read_settings(WorkerSettings, given, PREFIX)
    if settings.rebuild_cron:
        require_cron(settings.rebuild_cron)
    places = settings.places  # read whatever follows, so that they are refused here if at all
    if not settings.cache and any(map(is_remote, places.values())):
        raise SettingsError(
            f"{SOURCES} has an https:// address: set {PREFIX}CACHE to a folder for its files"
        )
    return settings


def count_processors() -> int:
    """Count the processors this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
