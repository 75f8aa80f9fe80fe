"""The score card of a release on a terminal."""

from collections.abc import Iterator

from rich.console import Console
from rich.table import Table

from shared.contracts.reports import IdList
from shared.contracts.scorecards import ScoreCard, ScoreCardResponse


def show_scorecard(found: ScoreCardResponse, console: Console) -> None:
    """Print the score card of one release."""
    card = found.card
    state = "live" if found.is_live else "refused" if found.refused else "kept"
    console.print(f"Release {found.release} ({state}), {found.created_at:%Y-%m-%d %H:%M} UTC")
    for reason in found.refused:
        console.print(f"refused: {reason}", markup=False)
    table = Table(show_header=False, box=None, pad_edge=False)
    table.add_column()
    table.add_column(justify="right")
    table.add_column()
    for row in (*_faults(card), *_figures(card)):
        table.add_row(*row)
    console.print(table)
    _show_movement(card, console)
    _show_canaries(card, console)
    if card.truths:
        console.print(_truths(card))
    _show_filters(card, console)


def _faults(card: ScoreCard) -> Iterator[tuple[str, str, str]]:
    """What must be zero."""
    yield "movies", f"{card.movies:,}", ""
    yield "recommend themselves", *_count(card.self_leaks)
    yield "recommend one movie twice", *_count(card.doubled)
    yield "recommend adult films to families", *_count(card.clashes)


def _figures(card: ScoreCard) -> Iterator[tuple[str, str, str]]:
    """Shares and means, each with what it is a share of."""
    yield "full lists", _share(card.fill_rate), "of movies"
    shown = f"of movies are in a top ten ({card.distinct_at_10:,})"
    yield "coverage at 10", _share(card.coverage_at_10), shown
    yield "popularity", _share(card.vote_percentile), "mean vote percentile of top tens"
    yield "alike in a list", f"{card.intra_list:.3f}", "mean cosine within a top ten"
    whose = f"of top tens, {card.collected:,} collected movies"
    yield "same collection", _share(card.same_collection), whose
    yield "collection found", _share(card.mates_found), "of the mates that could be there"


def _show_movement(card: ScoreCard, console: Console) -> None:
    """Say how far the neighbours moved."""
    moved = card.movement
    if moved is None:
        console.print("Compared with no release before it")
        return
    console.print(
        f"Against release {moved.release}, over {moved.movies:,} movies: "
        f"{moved.overlap_at_10:.1%} of a top ten is still there, "
        f"the first is the same for {moved.same_first:.1%}",
        highlight=False,
        soft_wrap=True,
    )


def _show_canaries(card: ScoreCard, console: Console) -> None:
    """One line a canary; one that fails shows both lists."""
    for canary in card.canaries:
        line = f"canary {canary.movie_id} {canary.title}: {_ids(canary.expected)}"
        line += "" if canary.holds else f"  FAILS, live: {_ids(canary.found)}"
        console.print(line, markup=False, highlight=False, soft_wrap=True)


def _truths(card: ScoreCard) -> Table:
    """What the stored neighbours achieve on the truth sets."""
    table = Table("truth set", box=None, header_style="bold")
    for name in ("films", "hit@5", "nDCG@10", "recall@10"):
        table.add_column(name, justify="right")
    for each in card.truths:
        figures = (each.hit_at_5, each.ndcg_at_10, each.recall_at_10)
        table.add_row(each.name, f"{each.seeds:,}", *(f"{figure:.3f}" for figure in figures))
    return table


def _show_filters(card: ScoreCard, console: Console) -> None:
    """Sum the filters up; name those under which lists are short."""
    if not card.filters:
        return
    short = [each for each in card.filters if each.fill_rate < 1]
    full = len(card.filters) - len(short)
    console.print(f"Lists are full under {full} of {len(card.filters)} filters", highlight=False)
    for each in short:
        line = f"  {each.name}: {each.fill_rate:.1%} full, {each.matching:,} movies match"
        console.print(line, markup=False, highlight=False)


def _count(found: IdList) -> tuple[str, str]:
    """How many, and the first ones."""
    return f"{found.count:,}", f"ids {_ids(found.ids)}" if found.count else ""


def _ids(ids: list[int]) -> str:
    return ", ".join(map(str, ids))


def _share(figure: float) -> str:
    # One short list among many must not be rounded away.
    return f"{figure:.1%}" if figure in {0, 1} or 0.001 <= figure < 0.9995 else f"{figure:.4%}"  # noqa: PLR2004  # one digit
