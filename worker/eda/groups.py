"""Movies by genre, company, country, language and collection, and the genres that go together."""

from typing import Final

import polars as pl

from shared.contracts.eda import Cooccurrence, GroupStat, GroupTable
from worker.eda.members import list_members

# Each field with the least number of known returns that its medians rest on: fewer where there
# are many values, and a collection is small by nature.
LEAST_RETURNS: Final = {
    "genres": 30,
    "production_companies": 20,
    "production_countries": 20,
    "original_language": 20,
    "spoken_languages": 20,
    "belongs_to_collection": 3,
}
LISTED: Final = 20
GENRES: Final = 20


def describe_groups(movies: pl.DataFrame, measures: pl.DataFrame) -> list[GroupTable]:
    """Make the table of every field."""
    returns = measures.select("id", "return")
    return [
        _make_table(list_members(movies, field), returns, field, least)
        for field, least in LEAST_RETURNS.items()
    ]


def _make_table(
    members: pl.DataFrame, returns: pl.DataFrame, field: str, least: int
) -> GroupTable:
    """Make the table of one field; ties go by name."""
    stats = (
        members.join(returns, on="id", how="left")
        .group_by("name")
        .agg(
            pl.len().alias("count"),
            pl.col("return").count().alias("with_return"),
            pl.col("return").median().alias("median_return"),
        )
    )
    by_count = stats.sort(["count", "name"], descending=[True, False])
    known = stats.filter(pl.col("with_return") >= least)
    by_return = known.sort(
        ["median_return", "with_return", "name"], descending=[True, True, False]
    )
    return GroupTable(
        field=field,
        distinct=stats.height,
        by_count=_list_stats(by_count),
        by_return=_list_stats(by_return),
        least=least,
    )


def _list_stats(stats: pl.DataFrame) -> list[GroupStat]:
    """Return the first rows as structs."""
    return [GroupStat(**row) for row in stats.head(LISTED).iter_rows(named=True)]


def count_cooccurrence(movies: pl.DataFrame) -> Cooccurrence:
    """Count the movies of each pair of the most frequent genres, most frequent first."""
    members = list_members(movies, "genres")
    order = members.group_by("name").len().sort(["len", "name"], descending=[True, False])
    genres = order.head(GENRES)["name"].to_list()
    kept = members.filter(pl.col("name").is_in(genres))
    pairs = kept.join(kept, on="id", suffix="_2").group_by("name", "name_2").len()
    counts = {(one, two): count for one, two, count in pairs.iter_rows()}
    return Cooccurrence(
        genres=genres, counts=[[counts.get((a, b), 0) for b in genres] for a in genres]
    )
