"""The gate: each reason that keeps a release from going live, and none for a good one."""

import numpy as np
import polars as pl
import pytest

from shared.ranking.features import RankingTable, ranking_frame
from shared.ranking.model import load_model
from shared.ranking.rank import Ranker
from shared.ranking.vectors import TEXT_DIMS, build_flat, closeness_block
from worker.etl.schemas import CAST, DIRECTORS, MOVIES
from worker.index.gate import Trial, reasons_against
from worker.index.neighbours import all_neighbours

STRUCTURED = 4


def trial(movies: int = 12, *, poison: bool = False) -> Trial:
    """A small release whose stored neighbours are its live ones."""
    rng = np.random.default_rng(0)
    frame = catalogue(movies)
    blocks = rng.normal(size=(movies, TEXT_DIMS + STRUCTURED)).astype(np.float32)
    vectors = np.hstack([blocks, closeness_block(frame)])
    if poison:
        vectors[3, 7] = np.nan
    table = RankingTable.from_frame(
        ranking_frame(frame, pl.DataFrame(schema=CAST), pl.DataFrame(schema=DIRECTORS))
    )
    ranker = Ranker(build_flat(vectors), table, load_model())
    if poison:
        return Trial(ranker, np.zeros((movies, 2), np.int32), np.zeros((movies, 2)), [])
    rows, scores = all_neighbours(ranker, limit=5, threads=1)
    return Trial(ranker, rows, scores, [0, 1])


def catalogue(movies: int) -> pl.DataFrame:
    numbers = pl.DataFrame(
        {
            "id": range(100, 100 + movies),
            "title": [f"Film {n}" for n in range(movies)],
            "release_year": [2000 + n for n in range(movies)],
            "vote_count": [10 * n for n in range(movies)],
            "vote_average": [5.0] * movies,
        }
    )
    empty = pl.DataFrame(schema=MOVIES).select(pl.all().exclude(numbers.columns))
    whole = pl.concat([numbers, empty], how="diagonal").select(list(MOVIES))
    nested = [name for name, kind in MOVIES.items() if isinstance(kind, pl.List)]
    return whole.cast(dict(MOVIES)).with_columns(pl.col(nested).fill_null([]))


SETTING = "(BUTACA_WORKER_MIN_ROWS_SHARE)"


def judge(tried: Trial, live_movies: int = 0, cast: int = 5, live_cast: int = 0) -> list[str]:
    return reasons_against(
        tried,
        counts={"movies": tried.ranker.index.size, "cast": cast},
        live_counts={"movies": live_movies, "cast": live_cast},
        min_rows_share=0.5,
    )


def test_a_good_release_passes() -> None:
    assert judge(trial()) == []
    assert judge(trial(), live_movies=24) == []


def test_a_release_that_lost_most_movies_is_refused() -> None:
    assert judge(trial(), live_movies=25) == [
        f"movies: 12 rows are less than 50% of the 25 of the live release {SETTING}"
    ]


def test_a_movie_that_recommends_itself_is_refused() -> None:
    tried = trial()
    tried.rows[5, 4] = 5
    assert judge(tried) == ["1 movies recommend themselves, the first is 105"]


def test_a_movie_that_recommends_another_twice_is_refused() -> None:
    tried = trial()
    tried.rows[5, 4] = tried.rows[5, 0]
    assert judge(tried) == ["1 movies recommend one movie twice, the first is 105"]


@pytest.mark.parametrize("change", ["order", "score", "missing"])
def test_a_canary_whose_live_ranking_differs_is_refused(change: str) -> None:
    tried = trial()
    if change == "order":
        tried.rows[1, :2] = tried.rows[1, 1::-1]
    elif change == "score":
        tried.scores[1, 0] += np.float32(0.0001)
    else:
        tried.rows[1, 4] = -1
    assert judge(tried) == ["the live ranking of movie 101 differs from its stored neighbours"]


def test_vectors_that_are_not_finite_are_refused() -> None:
    assert judge(trial(poison=True)) == ["1 movies have a vector that is not finite"]


def test_an_empty_catalogue_is_refused() -> None:
    assert judge(trial(0), live_movies=5) == ["the catalogue is empty"]


def test_a_release_that_lost_most_of_its_cast_is_refused() -> None:
    assert judge(trial(), live_movies=12, cast=5, live_cast=10) == []
    assert judge(trial(), live_movies=12, cast=4, live_cast=10) == [
        f"cast: 4 rows are less than 50% of the 10 of the live release {SETTING}"
    ]
