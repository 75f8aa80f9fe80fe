"""Findings about the catalogue as a whole: its size, how full it is, how it is rated."""

from collections.abc import Iterator
from math import ceil
from typing import Final

from shared.contracts.eda import Analysis, Finding, Text
from worker.eda.numerals import EN, ES, plural
from worker.eda.wording import LACKS, column_of, enumerate_names, quote, tell
from worker.eda.words import label

# Fewer known values than this say little of their middle.
LEAST_KNOWN: Final = 30
# The emptiest column is worth a word when fewer movies than this have it.
SPARSE: Final = 0.5


def tell_size(draft: Analysis) -> Iterator[Finding]:
    """How many movies, of which years, and where their middle lies."""
    n, first, last = draft.movies, draft.first_year, draft.last_year
    films = f"{ES.count(n)} {plural(n, 'película', 'películas')}"
    films_en = f"{EN.count(n)} {plural(n, 'film', 'films')}"
    if first == last:
        when, when_en = f"de {first}", f"from {first}"
    else:
        when, when_en = f"de {first} a {last}", f"from {first} to {last}"
    if n:
        yield tell(
            "size",
            "overview",
            f"el catálogo tiene {films}, {when}.",
            f"the catalogue has {films_en}, {when_en}.",
        )
    years = column_of(draft.columns, "release_year")
    if years.filled >= LEAST_KNOWN and last > first:
        year = ceil(years.quantiles["p50"])
        yield tell(
            "median_year",
            "overview",
            f"la mitad de las películas se estrenó en {year} o después.",
            f"half of the films were released in {year} or later.",
        )


def tell_columns(draft: Analysis) -> Iterator[Finding]:
    """Which columns are complete, empty, or the least filled."""
    columns = draft.columns
    full = [one for one in columns if not one.missing]
    n, total = len(full), len(columns)
    if draft.movies and full:
        yield tell(
            "complete_columns",
            "completeness",
            f"{n} de las {total} columnas {plural(n, 'está rellena', 'están rellenas')} en "
            "todas las películas.",
            f"{n} of the {total} columns {plural(n, 'is', 'are')} filled for every film.",
        )
    empty = [_name(one.column) for one in columns if not one.filled]
    if draft.movies and empty:
        names, n = enumerate_names(empty), len(empty)
        yield tell(
            "empty_columns",
            "completeness",
            f"{plural(n, 'una columna no tiene', 'hay columnas que no tienen')} ningún dato: "
            f"{names.es}.",
            f"{plural(n, 'one column has', 'some columns have')} no data at all: {names.en}.",
        )
    yield from _tell_sparsest(draft)


def _tell_sparsest(draft: Analysis) -> Iterator[Finding]:
    """The least filled of the columns that have any data."""
    some = [one for one in draft.columns if one.filled]
    least = min(some, key=lambda one: one.completeness, default=None)
    if least is not None and least.completeness < SPARSE:
        name, share = _name(least.column), least.completeness
        yield tell(
            "sparsest_column",
            "completeness",
            f"de las columnas con datos, {name.es} es la menos rellena: la "
            f"{plural(least.filled, 'tiene', 'tienen')} {ES.count(least.filled)} "
            f"{plural(least.filled, 'película', 'películas')}, el {ES.percent(share)}.",
            f"of the columns with any data, {name.en} is the least filled: "
            f"{EN.count(least.filled)} {plural(least.filled, 'film has', 'films have')} it, "
            f"{EN.percent(share)}.",
        )


def _name(column: str) -> Text:
    """What the report calls a column, in quotation marks."""
    es, en = quote(label("es", "column", column)), quote(label("en", "column", column))
    return Text(es=es.es, en=en.en)


def tell_missing(draft: Analysis) -> Iterator[Finding]:
    """How many movies lack what most have."""
    for column, lack in LACKS.items():
        profile = column_of(draft.columns, column)
        n, share = profile.missing, 1 - profile.completeness
        if n and profile.filled:
            yield tell(
                f"without_{column}",
                "completeness",
                f"{ES.count(n)} {plural(n, 'película', 'películas')} ({ES.percent(share)}) "
                f"no {plural(n, 'tiene', 'tienen')} {lack.es}.",
                f"{EN.count(n)} {plural(n, 'film', 'films')} ({EN.percent(share)}) "
                f"{plural(n, 'has', 'have')} no {lack.en}.",
            )


def tell_votes(draft: Analysis) -> Iterator[Finding]:
    """Movies without votes, and how many votes the middle has."""
    rated = column_of(draft.columns, "vote_average")
    n = rated.missing
    if n:
        share = n / draft.movies
        yield tell(
            "without_votes",
            "quality",
            f"{ES.count(n)} {plural(n, 'película', 'películas')} ({ES.percent(share)}) no "
            f"{plural(n, 'tiene', 'tienen')} ningún voto, y por tanto tampoco nota.",
            f"{EN.count(n)} {plural(n, 'film', 'films')} ({EN.percent(share)}) "
            f"{plural(n, 'has', 'have')} no votes, and so no rating.",
        )
    votes = column_of(draft.columns, "vote_count")
    if votes.filled >= LEAST_KNOWN:
        half = int(votes.quantiles["p50"])
        yield tell(
            "median_votes",
            "quality",
            f"la mitad de las películas tiene como mucho {ES.count(half)} "
            f"{plural(half, 'voto', 'votos')}.",
            f"half of the films have at most {EN.count(half)} {plural(half, 'vote', 'votes')}.",
        )


def tell_ratings(draft: Analysis) -> Iterator[Finding]:
    """Where the middle half of the ratings lies."""
    rated = column_of(draft.columns, "vote_average")
    if rated.filled < LEAST_KNOWN:
        return
    low, middle, high = (rated.quantiles[key] for key in ("p25", "p50", "p75"))
    yield tell(
        "middle_ratings",
        "quality",
        f"la nota mediana es {ES.decimal(middle, 1)}; la mitad central de las películas con "
        f"votos está entre {ES.decimal(low, 1)} y {ES.decimal(high, 1)}.",
        f"the median rating is {EN.decimal(middle, 1)}; the middle half of the films with "
        f"votes lies between {EN.decimal(low, 1)} and {EN.decimal(high, 1)}.",
    )
