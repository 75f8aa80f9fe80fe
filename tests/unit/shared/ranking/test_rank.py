"""The ranking on small random catalogues: live equals stored, parts add up, order is total."""

import io
from functools import cache

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.contracts.releases import ArtifactName
from shared.errors import ModelError, ReleaseCorruptError
from shared.ranking.features import RankingTable
from shared.ranking.model import decode_model, load_model
from shared.ranking.rank import Ranker
from shared.ranking.vectors import read_flat
from tests.factories import artifacts_of, directors_frame, movie, movies_frame, small_catalogue
from worker.index.neighbours import all_neighbours


@cache
def ranker_of(movies: int, seed: int) -> Ranker:
    artifacts = artifacts_of(*small_catalogue(movies=movies), seed=seed)
    table = pl.read_parquet(io.BytesIO(artifacts[ArtifactName.RANKING]))
    index = read_flat(artifacts[ArtifactName.INDEX])
    return Ranker(index, RankingTable.from_frame(table), load_model())


@settings(max_examples=15, deadline=None)
@given(movies=st.integers(1, 80), seed=st.integers(0, 3))
def test_live_ranking_equals_the_stored_neighbours(movies: int, seed: int) -> None:
    ranker = ranker_of(movies, seed)
    rows, scores = all_neighbours(ranker, limit=50, threads=2)
    for row in range(movies):
        live = ranker.neighbours(row, 50)
        count = len(live.rows)
        assert count == min(50, movies - 1)
        np.testing.assert_array_equal(live.rows, rows[row, :count])
        np.testing.assert_array_equal(live.scores, scores[row, :count])
        assert (rows[row, count:] == -1).all()


def test_live_ranking_equals_the_stored_neighbours_where_candidates_are_cut() -> None:
    """More movies than candidates, and more than FAISS multiplies one by one."""
    ranker = ranker_of(1500, 0)
    rows, scores = all_neighbours(ranker, limit=50, threads=2)
    for row in range(0, 1500, 7):
        live = ranker.neighbours(row, 50)
        np.testing.assert_array_equal(live.rows, rows[row])
        np.testing.assert_array_equal(live.scores, scores[row])


@pytest.mark.parametrize("movies", [2, 30, 60])
def test_ranking_equals_brute_force_while_all_movies_are_candidates(movies: int) -> None:
    ranker = ranker_of(movies, 1)
    for row in range(movies):
        others = [other for other in range(movies) if other != row]
        raw = [sum(ranker.explain(row, other).values()) for other in others]
        rounded = np.round(raw, 6)
        order = sorted(
            range(len(others)), key=lambda i: (-rounded[i], ranker.table.ids[others[i]])
        )
        assert ranker.neighbours(row, 50).rows.tolist() == [others[i] for i in order][:50]


def test_a_movie_is_never_its_own_neighbour() -> None:
    rows, _ = all_neighbours(ranker_of(60, 2), limit=50)
    assert not (rows == np.arange(60)[:, None]).any()


def test_scores_fall_and_ties_go_by_id() -> None:
    ranker = ranker_of(60, 0)
    for row in range(60):
        found = ranker.neighbours(row, 50)
        raw = ranker.model.raw(ranker.contributions(row, found.rows))
        pairs = list(zip(-np.round(raw, 6), ranker.table.ids[found.rows], strict=True))
        assert pairs == sorted(pairs)
        assert (np.diff(found.scores) <= 0).all()
        assert ((found.scores >= 0) & (found.scores <= 1)).all()


def test_a_movie_with_nothing_but_a_title_has_neighbours() -> None:
    bare = movie(
        1,
        "Alone",
        overview=None,
        runtime=None,
        vote_average=0.0,
        vote_count=0,
        original_language=None,
        genres=[],
        production_countries=[],
        spoken_languages=[],
    )
    others = [movie(place, f"Movie {place}") for place in range(2, 9)]
    movies, cast, _ = movies_frame(bare, *others), *small_catalogue(movies=2)[1:]
    artifacts = artifacts_of(movies, cast.clear(), directors_frame().clear())
    table = pl.read_parquet(io.BytesIO(artifacts[ArtifactName.RANKING]))
    ranker = Ranker(
        read_flat(artifacts[ArtifactName.INDEX]), RankingTable.from_frame(table), load_model()
    )
    found = ranker.neighbours(0, 5)
    assert len(found.rows) == 5
    assert np.isfinite(found.scores).all()


def test_an_index_of_another_size_is_refused() -> None:
    small, large = ranker_of(2, 0), ranker_of(30, 0)
    with pytest.raises(ValueError, match="2 vectors for 30"):
        Ranker(small.index, large.table, large.model)


def test_weights_that_are_no_model_are_refused() -> None:
    with pytest.raises(ModelError):
        decode_model(b'{"version": "1"}')


def test_bytes_that_are_no_index_are_refused() -> None:
    with pytest.raises(ReleaseCorruptError):
        read_flat(b"IxFI and nothing else")
