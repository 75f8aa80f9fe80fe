"""What a build did to its input, step by step: the build report of a release."""

import datetime as dt
from typing import Final

import msgspec

from shared.contracts.base import Wire
from shared.contracts.releases import Source

# The most rows of a page of the quarantine.
MAX_PAGE: Final = 1000


class QuarantinedRow(Wire, frozen=True):
    """A row that could not be used; a row has one fault, the first one found.

    `record` counts data records from 1, blank lines included; `line` is the physical line of
    the unpacked file, from 1, on which the record starts; `excerpt` is printable, one line and
    at most 80 characters.
    """

    file: str
    record: int
    line: int
    column: str
    reason: str
    excerpt: str


class StepReport(Wire, frozen=True):
    """One step of a build: `rows_in` = `rows_out` + the sum of `lost`, which is by reason.

    Steps that take no rows have None for both. `peak_mb` is the most memory that the process
    held while the step ran; steps inside `extract` run side by side and share theirs.
    """

    step: str
    seconds: float
    peak_mb: int
    file: str | None = None
    rows_in: int | None = None
    rows_out: int | None = None
    lost: dict[str, int] = msgspec.field(default_factory=dict[str, int])
    reused: bool = False


class Coercion(Wire, frozen=True):
    """Cells of one column that were there but of no use, for one reason.

    `instead` is what stands for them, None for nothing; `examples` are a few such cells, as
    safe excerpts.
    """

    column: str
    reason: str
    cells: int
    instead: float | None
    examples: list[str]


class IdList(Wire, frozen=True):
    """How many ids, and the first of them in ascending order."""

    count: int
    ids: list[int]


class Unmatched(Wire, frozen=True):
    """Ids that one file has and the other has not; keywords likewise where there is that file."""

    movies_without_credits: IdList
    credits_without_movie: IdList
    keywords_without_movie: IdList


class BuildReport(Wire, frozen=True):
    """The whole report as a release carries it."""

    sources: list[Source]
    steps: list[StepReport]
    coercions: list[Coercion]
    unmatched: Unmatched
    duplicates: IdList
    quarantine: list[QuarantinedRow]


class QuarantinePage(Wire, frozen=True):
    """Some of the quarantined rows, by file, then record; `next_offset` is None on the last."""

    total: int
    offset: int
    items: list[QuarantinedRow]
    next_offset: int | None


class ReportResponse(Wire, frozen=True):
    """The report of one release with a page of its quarantine."""

    release: str
    number: int
    created_at: dt.datetime
    is_live: bool
    refused: list[str]
    counts: dict[str, int]
    sources: list[Source]
    steps: list[StepReport]
    coercions: list[Coercion]
    unmatched: Unmatched
    duplicates: IdList
    quarantine: QuarantinePage
