"""Twenty filters that people really set, and whether lists under them are as full as can be."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from shared.contracts.evaluation import FilterFill
from shared.contracts.filters import Filters
from shared.filters import FilterTable
from shared.ranking.features import RankingTable
from worker.evaluation.ways import Searcher

LIMIT: Final = 10
SEEDS: Final = 20
_SEED: Final = 0

STANDARD_FILTERS: Final[dict[str, Filters]] = {
    "no horror": Filters(genres_none=["Horror"]),
    "comedy": Filters(genres_any=["Comedy"]),
    "documentary": Filters(genres_any=["Documentary"]),
    "science fiction or fantasy": Filters(genres_any=["Science Fiction", "Fantasy"]),
    "romantic comedy": Filters(genres_all=["Romance", "Comedy"]),
    "western before 1970": Filters(genres_any=["Western"], year_max=1969),
    "family animation under 100 minutes": Filters(
        genres_all=["Animation", "Family"], runtime_max=99
    ),
    "horror of the eighties": Filters(genres_any=["Horror"], year_min=1980, year_max=1989),
    "thriller without horror, well rated": Filters(
        genres_any=["Thriller"], genres_none=["Horror"], votes_min=100, average_min=7.0
    ),
    "the nineties": Filters(year_min=1990, year_max=1999),
    "since 2010": Filters(year_min=2010),
    "silent age": Filters(year_max=1929),
    "Spanish-language since 2000": Filters(languages=["es"], year_min=2000),
    "French, Italian or German": Filters(languages=["fr", "it", "de"]),
    "Japanese animation": Filters(languages=["ja"], genres_any=["Animation"]),
    "from Argentina": Filters(countries=["AR"]),
    "from Spain or Mexico, a drama": Filters(countries=["ES", "MX"], genres_any=["Drama"]),
    "under 90 minutes": Filters(runtime_min=1, runtime_max=89),
    "over three hours": Filters(runtime_min=180),
    "at least 1,000 votes and 7.5": Filters(votes_min=1000, average_min=7.5),
}


def measure_fill(
    searcher: Searcher,
    filter_table: FilterTable,
    table: RankingTable,
    seeds: int = SEEDS,
    limit: int = LIMIT,
) -> list[FilterFill]:
    """Fill rate of each standard filter over the same randomly drawn films."""
    size = len(filter_table)
    drawn = np.sort(np.random.default_rng(_SEED).permutation(size)[:seeds])
    found: list[FilterFill] = []
    for name, filters in STANDARD_FILTERS.items():
        allowed = filter_table.allowed(filters).to_numpy()
        rate = _fill_rate(searcher, table, allowed, drawn, limit)
        found.append(FilterFill(name=name, matching=int(allowed.sum()), fill_rate=rate))
    return found


def _fill_rate(
    searcher: Searcher,
    table: RankingTable,
    allowed: NDArray[np.bool_],
    seeds: NDArray[np.int64],
    limit: int,
) -> float:
    """Suitable films found over the most there could be; 1 where there are none to find."""
    found = possible = 0
    for seed in seeds:
        matching = allowed & table.suits(int(seed))
        rows = searcher.similar(int(seed), limit, allowed).rows
        found += len(np.unique(rows[matching[rows]]))
        possible += min(limit, int(matching.sum()))
    return found / possible if possible else 1.0
