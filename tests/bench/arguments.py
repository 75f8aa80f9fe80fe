"""What the benchmarks ask for: titles, people and movies, the well-known ones more often.

Drawn with a fixed seed, so that every run asks the same.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Final, Generic, TypeVar

import numpy as np
import polars as pl

from worker.etl.catalogue import extract_catalogue
from worker.etl.sources import find_sources

T = TypeVar("T", str, int)
PLOT_WORDS: Final = 8


@dataclass(frozen=True)
class Ranked(Generic[T]):
    """Things that can be asked for, each once, most voted first, with their votes."""

    values: list[T]
    votes: list[int]

    def draw_by_votes(self, count: int, *, distinct: int, seed: int) -> list[T]:
        """Draw by votes out of `distinct` that are drawn so, each of these at least once."""
        random = np.random.default_rng(seed)
        weights = np.asarray(self.votes, dtype=float)
        share = weights / weights.sum()
        chosen = random.choice(len(share), distinct, replace=False, p=share)
        again = random.choice(chosen, count - distinct, p=weights[chosen] / weights[chosen].sum())
        return [self.values[place] for place in (*chosen, *again)]

    def draw_by_rank(self, count: int, *, seed: int) -> list[T]:
        """Draw by Zipf's law: the n-th is asked for 1/n as often as the first."""
        weights = 1 / np.arange(1, len(self.values) + 1)
        random = np.random.default_rng(seed)
        places = random.choice(len(weights), count, p=weights / weights.sum())
        return [self.values[place] for place in places]


@dataclass(frozen=True)
class Arguments:
    """What a catalogue can be asked for; a person has the votes of all their films."""

    titles: Ranked[str]
    movie_ids: Ranked[int]
    plots: Ranked[str]
    actors: Ranked[str]
    directors: Ranked[str]
    person_ids: Ranked[int]


def read_arguments(folder: Path) -> Arguments:
    """Read the catalogue in `folder`; plots are the first words of the overviews."""
    catalogue = extract_catalogue(find_sources(folder))
    movies = catalogue.movies.sort(-pl.col("vote_count"), "id")
    words = pl.col("overview").str.split(" ").list.head(PLOT_WORDS).list.join(" ")
    plots = movies.drop_nulls("overview").with_columns(words)
    votes = movies.select(pl.col("id").alias("movie_id"), "vote_count")
    cast = catalogue.cast.join(votes, on="movie_id")
    directors = catalogue.directors.join(votes, on="movie_id")
    titles: Ranked[str] = _ranked(movies, "title")
    movie_ids: Ranked[int] = _ranked(movies, "id")
    opening: Ranked[str] = _ranked(plots, "overview")
    actors: Ranked[str] = _ranked(_people(cast, "name"), "name")
    directing: Ranked[str] = _ranked(_people(directors, "name"), "name")
    person_ids: Ranked[int] = _ranked(_people(cast, "person_id"), "person_id")
    return Arguments(titles, movie_ids, opening, actors, directing, person_ids)


def _people(people: pl.DataFrame, key: str) -> pl.DataFrame:
    """People by `key`, with the votes of their films."""
    counted = people.unique(["movie_id", key]).group_by(key).agg(pl.col("vote_count").sum())
    return counted.sort(-pl.col("vote_count"), key)


def _ranked(frame: pl.DataFrame, column: str) -> Ranked[T]:
    """The values of a column in the order of the frame, each once."""
    distinct = frame.unique(column, keep="first", maintain_order=True)
    return Ranked(distinct[column].to_list(), distinct["vote_count"].to_list())
