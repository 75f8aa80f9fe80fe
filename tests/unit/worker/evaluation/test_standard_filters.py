from collections.abc import Sequence

import numpy as np
import pytest
from numpy.typing import NDArray

from shared.contracts.filters import Filters
from shared.filters import FilterTable, filter_frame
from shared.ranking.features import RankingTable, ranking_frame
from shared.ranking.rank import Neighbours
from tests.factories import cast_frame, directors_frame, movie, movies_frame
from worker.evaluation import standard_filters
from worker.evaluation.material import Material
from worker.evaluation.standard_filters import STANDARD_FILTERS, measure_fill

SMALL = {
    "comedies": Filters(genres_any=["Comedy"]),
    "one film": Filters(year_min=2010, year_max=2010, genres_any=["Action"]),
    "nothing": Filters(year_max=1900),
    "no horror": Filters(genres_none=["Horror"]),
}


class Forgetful:
    """Answers with the first rows of all, whatever is allowed, and with the film itself."""

    def similar(
        self, row: int, limit: int, allowed: NDArray[np.bool_] | None = None
    ) -> Neighbours:
        del allowed
        rows = np.array([row, *range(limit - 1)], dtype=np.int32)
        return Neighbours(rows, np.zeros(limit, dtype=np.float32))

    def blend(
        self,
        positive: Sequence[int],
        negative: Sequence[int] = (),
        limit: int = 10,
        allowed: NDArray[np.bool_] | None = None,
    ) -> Neighbours:
        raise NotImplementedError


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(standard_filters, "STANDARD_FILTERS", SMALL)


def test_there_are_twenty_filters_each_of_which_asks_for_something() -> None:
    assert len(STANDARD_FILTERS) == 20
    assert all(filters != Filters() for filters in STANDARD_FILTERS.values())


def test_lists_are_as_full_as_brute_force_allows(material: Material) -> None:
    fill = {
        each.name: each
        for each in measure_fill(material.searcher, material.filters, material.ranker.table)
    }
    assert fill.keys() == SMALL.keys()
    assert all(each.fill_rate == 1 for each in fill.values())
    genres = material.movies["genres"].list.first().struct.field("name")
    assert fill["comedies"].matching == (genres == "Comedy").sum()
    assert fill["nothing"].matching == 0


def test_every_list_holds_all_there_is(material: Material) -> None:
    allowed = material.filters.allowed(SMALL["comedies"]).to_numpy()
    for row in range(len(material.ids)):
        found = material.searcher.similar(row, 100, allowed).rows
        expected = set(np.flatnonzero(allowed).tolist()) - {row}
        assert set(found.tolist()) == expected


def test_films_that_break_the_filter_do_not_fill_a_list(material: Material) -> None:
    size = len(material.filters)
    table = material.ranker.table
    measured = measure_fill(Forgetful(), material.filters, table, seeds=size, limit=9)
    fill = {each.name: each for each in measured}
    allowed = material.filters.allowed(SMALL["comedies"]).to_numpy()
    # Of the rows 0 to 7, without the film itself, over nine or as many as match.
    found = sum(int(allowed[:8].sum()) - int(row < 8 and allowed[row]) for row in range(size))
    possible = sum(min(9, int(allowed.sum()) - int(allowed[row])) for row in range(size))
    assert fill["comedies"].fill_rate == pytest.approx(found / possible)


def test_a_genre_that_a_catalogue_lacks_matches_nothing() -> None:
    rows = [movie(n, f"Film {n}", genres=[{"id": 1, "name": "Comedy"}]) for n in (1, 2, 3)]
    tables = movies_frame(*rows), cast_frame(), directors_frame()
    table = RankingTable.from_frame(ranking_frame(*tables))
    found = measure_fill(Forgetful(), FilterTable(filter_frame(*tables)), table, limit=3)
    assert {each.name: each.matching for each in found} == {
        "comedies": 3,
        "one film": 0,
        "nothing": 0,
        "no horror": 3,
    }
