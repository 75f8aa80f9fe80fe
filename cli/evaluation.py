"""An evaluation on a terminal: one table per truth set, one line per way."""

import msgspec
from rich.console import Console
from rich.table import Table

from cli.errors import CommandError
from shared.contracts.evaluation import Evaluation, FilterFill, Interval, TruthReport
from shared.contracts.jobs import JobView


def evaluation_of(job: JobView) -> Evaluation:
    """Return what a finished evaluation found.

    Raises:
        CommandError: the job did not finish, or another version made it.
    """
    if job.status != "finished":
        why = f" {job.error.message}" if job.error else ""
        raise CommandError(f"{job.id} {job.status}.{why}")
    try:
        return msgspec.convert(job.result, Evaluation)
    except msgspec.ValidationError as error:
        raise CommandError(f"{job.id} holds something unexpected: {error}") from error


def show_evaluation(found: Evaluation, console: Console) -> None:
    """Print an evaluation."""
    console.print(
        f"Release {found.release}, ranking {found.model}, {found.movies:,} movies, "
        f"{found.created_at:%Y-%m-%d %H:%M} UTC, {found.seconds:.0f} s",
        highlight=False,
        soft_wrap=True,
    )
    for truth in found.truths:
        console.print(
            f"\n{truth.name}: {truth.description}\n{truth.seeds:,} films asked about, "
            f"{truth.wanted_per_seed:.1f} wanted each",
            markup=False,
            highlight=False,
            soft_wrap=True,
        )
        console.print(_relevance(truth))
        console.print(_character(truth))
        if truth.ceiling is not None and truth.share_of_ceiling is not None:
            line = f"share of the ceiling ({truth.ceiling}): {truth.share_of_ceiling:.1%}"
            console.print(line, markup=False, highlight=False)
    for skipped in found.skipped:
        console.print(f"not there: {skipped}", markup=False, highlight=False)
    if found.fill:
        console.print()
        console.print(_fill(found.fill))


def _relevance(truth: TruthReport) -> Table:
    """How often what is wanted is found; intervals are the 95 % ones."""
    table = _table("way", "hit@5", "nDCG@10", "recall@10")
    for way in truth.ways:
        found = (way.hit_at_5, way.ndcg_at_10, way.recall_at_10)
        table.add_row(way.name, *map(_interval, found))
    return table


def _character(truth: TruthReport) -> Table:
    """What the lists are like besides."""
    names = ("distinct", "coverage", "votes", "alike", "saga", "@600", "leaks")
    table = _table("way", *names)
    for way in truth.ways:
        table.add_row(
            way.name,
            f"{way.distinct:,}",
            f"{way.coverage:.2f}",
            f"{way.vote_percentile:.2f}",
            f"{way.intra_list:.2f}",
            f"{way.same_collection:.2f}",
            "" if way.recall_at_600 is None else f"{way.recall_at_600:.2f}",
            str(way.self_leaks),
        )
    return table


def _interval(found: Interval) -> str:
    # Without the zero before the point, a line fits into a terminal of 80 columns.
    mean, low, high = (f"{x:.3f}".removeprefix("0") for x in (found.mean, found.low, found.high))
    return f"{mean} ({low}-{high})"


def _fill(filters: list[FilterFill]) -> Table:
    """How full lists are under each filter."""
    table = _table("filter", "match", "full")
    for each in filters:
        table.add_row(each.name, f"{each.matching:,}", f"{each.fill_rate:.1%}")
    return table


def _table(first: str, *others: str) -> Table:
    """Figures beside names; a name that is too long for the terminal is broken."""
    table = Table(first, box=None, header_style="bold", pad_edge=False)
    for name in others:
        table.add_column(name, justify="right", no_wrap=True)
    return table
