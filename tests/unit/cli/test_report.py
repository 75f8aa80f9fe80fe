"""The build report on a terminal."""

import datetime as dt
import io

import msgspec
from rich.console import Console

from cli.report import IDS_SHOWN, show_report
from shared.contracts.releases import Source
from shared.contracts.reports import (
    Coercion,
    IdList,
    QuarantinedRow,
    QuarantinePage,
    ReportResponse,
    StepReport,
    Unmatched,
)

NOTHING = IdList(count=0, ids=[])
ROW = QuarantinedRow(
    file="movies.csv", record=3, line=4, column="id", reason="bad_id", excerpt="[x]y"
)
REPORT = ReportResponse(
    release="3-aaaaaaaaaaaa",
    number=3,
    created_at=dt.datetime(2026, 1, 1, 9, 30, tzinfo=dt.UTC),
    is_live=True,
    refused=[],
    counts={},
    sources=[Source(name="movies", file="movies.csv", size_bytes=1234567, sha256="ab" * 32)],
    steps=[
        StepReport(
            step="extract.movies",
            seconds=1.5,
            peak_mb=900,
            rows_in=1100,
            rows_out=1000,
            lost={"bad_id": 100},
        ),
        StepReport(step="embed", seconds=9.0, peak_mb=50, reused=True),
    ],
    coercions=[],
    unmatched=Unmatched(
        movies_without_credits=NOTHING,
        credits_without_movie=NOTHING,
        keywords_without_movie=NOTHING,
    ),
    duplicates=NOTHING,
    quarantine=QuarantinePage(total=0, offset=0, items=[], next_offset=None),
)


def shown(**changes: object) -> str:
    to = Console(file=io.StringIO(), width=140)
    show_report(msgspec.structs.replace(REPORT, **changes), to)
    assert isinstance(to.file, io.StringIO)
    return to.file.getvalue()


def test_a_report_says_what_went_in_and_out() -> None:
    text = shown()
    assert "Release 3-aaaaaaaaaaaa (live), 2026-01-01 09:30 UTC" in text
    assert "movies.csv  1,234,567 bytes  sha256 abababababababab…" in text
    assert "Quarantined rows: none" in text
    first, second = (
        line.split() for line in text.splitlines() if "extract" in line or "embed" in line
    )
    assert first == ["extract.movies", "1,100", "1,000", "1.50", "900", "bad_id", "100"]
    assert second == ["embed", "reused"]


def test_the_state_of_the_release_is_named() -> None:
    assert "(kept)" in shown(is_live=False)
    refused = shown(is_live=False, refused=["[b]too few movies"])
    assert "(refused)" in refused
    assert "refused: [b]too few movies" in refused


def test_coerced_cells_are_listed_with_what_stands_for_them() -> None:
    coercions = [
        Coercion(
            column="budget", reason="negative", cells=1200, instead=0.0, examples=["-1", "[a]"]
        ),
        Coercion(column="runtime", reason="unreadable", cells=2, instead=None, examples=["x"]),
    ]
    lines = [line.split() for line in shown(coercions=coercions).splitlines()]
    assert ["budget", "negative", "1,200", "0", "-1", "[a]"] in lines
    assert ["runtime", "unreadable", "2", "empty", "x"] in lines


def test_ids_without_a_partner_are_counted_and_the_first_named() -> None:
    whole = IdList(count=IDS_SHOWN, ids=list(range(1, IDS_SHOWN + 1)))
    cut = IdList(count=1000, ids=list(range(1, IDS_SHOWN + 2)))
    unmatched = Unmatched(
        movies_without_credits=whole, credits_without_movie=cut, keywords_without_movie=NOTHING
    )
    text = shown(unmatched=unmatched)
    assert "Movies without credits: 5 (ids 1, 2, 3, 4, 5)" in text
    assert "Credits without a movie: 1,000 (ids 1, 2, 3, 4, 5, …)" in text
    assert "Keywords without a movie" not in text


def test_quarantined_rows_come_in_pages() -> None:
    page = QuarantinePage(total=1500, offset=0, items=[ROW], next_offset=1)
    text = shown(quarantine=page)
    assert "Quarantined rows: 1,500" in text
    assert ["movies.csv", "3", "4", "id", "bad_id", "[x]y"] in [
        line.split() for line in text.splitlines()
    ]
    assert "more: --offset 1" in text
    last = QuarantinePage(total=1500, offset=1499, items=[ROW], next_offset=None)
    assert "more:" not in shown(quarantine=last)
    past = QuarantinePage(total=1500, offset=1500, items=[], next_offset=None)
    assert "No more quarantined rows" in shown(quarantine=past)
