"""Small clean frames: one movie with every cell empty to vary, and people."""

from datetime import date
from typing import Any

import polars as pl

from worker.etl.schemas import CAST, DIRECTORS, MOVIES

Row = dict[str, Any]
LISTS = (
    "belongs_to_collection",
    "genres",
    "production_companies",
    "production_countries",
    "spoken_languages",
    "keywords",
)


def movie(movie_id: int = 1, **changes: object) -> Row:
    """A movie of which nothing is known but title and date."""
    released = changes.get("release_date", date(1995, 10, 30))
    assert isinstance(released, date)
    return {
        "id": movie_id,
        "title": f"Film {movie_id}",
        "release_date": released,
        "release_year": released.year,
        "original_language": None,
        "status": None,
        "tagline": None,
        "overview": None,
        "runtime": None,
        "popularity": 0.0,
        "vote_average": 0.0,
        "vote_count": 0,
        "budget": 0,
        "revenue": 0,
        "return": 0.0,
        **{name: [] for name in LISTS},
        **changes,
    }


def funded(movie_id: int, budget: int, revenue: int, **changes: object) -> Row:
    """A movie with known money and the return that it makes."""
    money = {"budget": budget, "revenue": revenue, "return": revenue / budget}
    return movie(movie_id, **money, **changes)


def genres(*names: str) -> list[Row]:
    """A genres cell."""
    return [{"id": len(name), "name": name} for name in names]


def movies(*rows: Row) -> pl.DataFrame:
    """A frame of movies."""
    return pl.DataFrame(list(rows), schema=MOVIES)


def cast(*pairs: tuple[int, int]) -> pl.DataFrame:
    """A cast of (movie id, person id)."""
    rows = [(m, p, f"Person {p}", None, 0) for m, p in pairs]
    return pl.DataFrame(rows, schema=CAST, orient="row")


def directors(*pairs: tuple[int, int]) -> pl.DataFrame:
    """Directors as (movie id, person id)."""
    rows = [(m, p, f"Person {p}") for m, p in pairs]
    return pl.DataFrame(rows, schema=DIRECTORS, orient="row")
