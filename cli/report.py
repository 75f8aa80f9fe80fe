"""The build report on a terminal."""

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from shared.contracts.reports import IdList, ReportResponse

IDS_SHOWN = 5


def show_report(report: ReportResponse, console: Console) -> None:
    """Print the report of one release."""
    state = "live" if report.is_live else "refused" if report.refused else "kept"
    console.print(f"Release {report.release} ({state}), {report.created_at:%Y-%m-%d %H:%M} UTC")
    for reason in report.refused:
        console.print(f"refused: {reason}", markup=False)
    for source in report.sources:
        size = f"{source.size_bytes:,} bytes"
        console.print(f"{source.file}  {size}  sha256 {source.sha256[:16]}…", markup=False)
    console.print(_steps(report))
    if report.coercions:
        console.print(_coercions(report))
    for title, found in (
        ("Rows that repeat the id of another", report.duplicates),
        ("Movies without credits", report.unmatched.movies_without_credits),
        ("Credits without a movie", report.unmatched.credits_without_movie),
        ("Keywords without a movie", report.unmatched.keywords_without_movie),
    ):
        if found.count:
            console.print(f"{title}: {found.count:,} ({_first(found)})", highlight=False)
    _show_quarantine(report, console)


def _steps(report: ReportResponse) -> Table:
    """Rows in and out, time and memory of each step."""
    table = Table("step", box=None, header_style="bold")
    for name in ("rows in", "rows out", "seconds", "MB"):
        table.add_column(name, justify="right")
    table.add_column("lost")
    for step in report.steps:
        lost = ", ".join(f"{reason} {rows:,}" for reason, rows in step.lost.items())
        table.add_row(
            step.step,
            _count(step.rows_in),
            _count(step.rows_out),
            "reused" if step.reused else f"{step.seconds:.2f}",
            "" if step.reused else f"{step.peak_mb:,}",
            lost,
        )
    return table


def _coercions(report: ReportResponse) -> Table:
    """Cells that were there but of no use."""
    table = Table("coerced", "reason", box=None, header_style="bold")
    table.add_column("cells", justify="right")
    table.add_column("now")
    table.add_column("for example")
    for each in report.coercions:
        now = "empty" if each.instead is None else f"{each.instead:g}"
        examples = escape("  ".join(each.examples))
        table.add_row(each.column, each.reason, f"{each.cells:,}", now, examples)
    return table


def _show_quarantine(report: ReportResponse, console: Console) -> None:
    """Name the rows that could not be used."""
    page = report.quarantine
    if not page.items:
        console.print("Quarantined rows: none" if not page.total else "No more quarantined rows")
        return
    table = Table("file", box=None, header_style="bold")
    for name in ("record", "line"):
        table.add_column(name, justify="right")
    for name in ("column", "reason", "excerpt"):
        table.add_column(name)
    for row in page.items:
        place = (row.file, str(row.record), str(row.line), row.column, row.reason)
        table.add_row(*map(escape, place), escape(row.excerpt))
    console.print(f"Quarantined rows: {page.total:,}", highlight=False)
    console.print(table)
    if page.next_offset is not None:
        console.print(f"more: --offset {page.next_offset}", markup=False)


def _first(found: IdList) -> str:
    shown = ", ".join(map(str, found.ids[:IDS_SHOWN]))
    return f"ids {shown}{', …' if len(found.ids) > IDS_SHOWN else ''}"


def _count(rows: int | None) -> str:
    return "" if rows is None else f"{rows:,}"
