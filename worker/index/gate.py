"""What must hold before a release goes live; says why not, decides nothing else."""

from collections.abc import Iterator, Mapping
from typing import Final

import numpy as np
from numpy.typing import NDArray

from shared.contracts.reports import IdList
from shared.contracts.scorecards import ScoreCard
from shared.errors import ReleaseRefusedError

_TABLES: Final = ("movies", "cast", "directors")
# Retrieval ranks hundreds of candidates, so a list that is short while movies are left is a
# fault of ours, not of the data.
MIN_FILL_RATE: Final = 1.0
# Filters are applied inside the search: likewise.
MIN_FILTERED_FILL_RATE: Final = 1.0
# Each catalogue measured so far shows nearly all of itself (45,346 movies: 0.95 in the top tens).
# Well below that the same few movies are recommended everywhere.
MIN_COVERAGE: Final = 0.2
# In a small catalogue a few movies without any data may take up most of the places.
COVERAGE_FROM_MOVIES: Final = 1000
# Films of one collection find each other (45,346 movies: 0.86 of those that could be in a top ten
# are); where they do not, people, titles or collections were not read.
MIN_MATES_FOUND: Final = 0.3
COLLECTIONS_FROM_MOVIES: Final = 100
# Retraining and new movies move nDCG@10 by a few per cent; a fault in the vectors halves it.
MIN_NDCG_SHARE: Final = 0.9


def reasons_against(
    card: ScoreCard,
    *,
    counts: Mapping[str, int],
    live_counts: Mapping[str, int],
    live_card: ScoreCard | None,
    min_rows_share: float,
) -> list[str]:
    """Return why this release must not go live; empty when it may.

    `counts` are the rows of its tables, `live_counts` those of the live release, empty where
    there is none; `live_card` is the live release's score card where it has one.
    """
    if card.movies == 0:
        return ["the catalogue is empty"]
    return [
        *_lost_rows(counts, live_counts, min_rows_share),
        *_faults(card),
        *_failed_canaries(card),
        *_low_figures(card),
        *_lost_relevance(card, live_card),
    ]


def require_finite(vectors: NDArray[np.float32]) -> None:
    """Check vectors, (n, d), before anything is searched among them: a search would not end.

    Raises:
        ReleaseRefusedError: one is no vector at all.
    """
    bad = int(np.any(~np.isfinite(vectors), axis=1).sum())
    if bad:
        raise ReleaseRefusedError(f"{bad:,} of {len(vectors):,} vectors are not finite")


def _lost_rows(
    counts: Mapping[str, int], live_counts: Mapping[str, int], least: float
) -> Iterator[str]:
    """A table never loses most of its rows unasked: such an export is broken."""
    for table in _TABLES:
        rows, live_rows = counts.get(table, 0), live_counts.get(table, 0)
        if rows < least * live_rows:
            yield (
                f"{table}: {rows:,} rows are less than {least:.0%} of the {live_rows:,} of the "
                "live release (BUTACA_WORKER_MIN_ROWS_SHARE)"
            )


def _faults(card: ScoreCard) -> Iterator[str]:
    """What no movie may have."""
    faults: tuple[tuple[IdList, str, str], ...] = (
        (card.self_leaks, "recommends itself", "recommend themselves"),
        (card.doubled, "recommends one movie twice", "recommend one movie twice"),
        (
            card.clashes,
            "for families recommends one for adults",
            "for families recommend one for adults",
        ),
    )
    for found, one, many in faults:
        if found.count == 1:
            yield f"1 movie {one}: {found.ids[0]}"
        elif found.count:
            yield f"{found.count:,} movies {many}, the first is {found.ids[0]}"


def _failed_canaries(card: ScoreCard) -> Iterator[str]:
    """The live ranking of a canary equals its stored neighbours."""
    for canary in card.canaries:
        if not canary.holds:
            yield (
                f"the live ranking of movie {canary.movie_id} differs from its stored neighbours"
            )


def _low_figures(card: ScoreCard) -> Iterator[str]:
    """The floors."""
    if card.fill_rate < MIN_FILL_RATE:
        short = round((1 - card.fill_rate) * card.movies)
        yield f"{short:,} movies have fewer neighbours than the catalogue allows"
    for under in card.filters:
        if under.fill_rate < MIN_FILTERED_FILL_RATE:
            yield (
                f"lists under the filter '{under.name}' are {under.fill_rate:.1%} full though "
                f"{under.matching:,} movies match"
            )
    if card.collected > COLLECTIONS_FROM_MOVIES and card.mates_found < MIN_MATES_FOUND:
        yield (
            f"the top tens hold {card.mates_found:.0%} of the films of the same collection, less "
            f"than {MIN_MATES_FOUND:.0%}"
        )
    if card.movies > COVERAGE_FROM_MOVIES and card.coverage_at_10 < MIN_COVERAGE:
        yield (
            f"the top tens show {card.coverage_at_10:.1%} of the catalogue, less than "
            f"{MIN_COVERAGE:.0%}"
        )


def _lost_relevance(card: ScoreCard, live: ScoreCard | None) -> Iterator[str]:
    """On the same truth set, a release is hardly worse than the live one."""
    before = {(each.name, each.sha256): each for each in live.truths} if live else {}
    for each in card.truths:
        known = before.get((each.name, each.sha256))
        if known and each.ndcg_at_10 < MIN_NDCG_SHARE * known.ndcg_at_10:
            yield (
                f"nDCG@10 on {each.name} is {each.ndcg_at_10:.3f}, less than "
                f"{MIN_NDCG_SHARE:.0%} of the {known.ndcg_at_10:.3f} of the live release"
            )
