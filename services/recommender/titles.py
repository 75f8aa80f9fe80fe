"""The five titles of `recomendacion`: pure functions over the snapshot."""

from collections.abc import Iterable
from typing import Final

from services.recommender.index import Neighbourhood
from shared.text import normalise
from shared.titles import TitledMovie, TitleTable

TITLES: Final = 5
STORED: Final = 50


def stored_titles(neighbourhood: Neighbourhood, movie: TitledMovie) -> list[str]:
    """Return up to five titles from the stored neighbours: a look-up."""
    ids = neighbourhood.stored_ids(movie.movie_id, STORED)
    return distinct_titles(neighbourhood.titles, movie, ids)


def live_titles(neighbourhood: Neighbourhood, movie: TitledMovie) -> list[str]:
    """Return five titles, fewer only where the catalogue has fewer; slow.

    For movies whose nearest ones bear the same few titles, and for tiny catalogues.
    """
    every = neighbourhood.ranker.index.size
    stored = neighbourhood.stored_ids(movie.movie_id, STORED)
    ids = [*stored, *neighbourhood.live_ids(movie.movie_id, least=every)]
    return distinct_titles(neighbourhood.titles, movie, ids)


def distinct_titles(titles: TitleTable, asked: TitledMovie, ids: Iterable[int]) -> list[str]:
    """Return the first five titles that differ from the one asked and from each other.

    Titles that differ only in case, accents or spaces are the same.
    """
    seen = {normalise(asked.title)}
    chosen: list[str] = []
    for movie_id in ids:
        movie = titles.movie(movie_id)
        if movie is None or (key := normalise(movie.title)) in seen:
            continue
        seen.add(key)
        chosen.append(movie.title)
        if len(chosen) == TITLES:
            break
    return chosen
