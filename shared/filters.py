"""Filters over the movies of a release: one table, read by queries and recommender alike.

`filter_frame` is an artifact of the release; `FilterTable` answers from it with a flag per movie.
"""

from collections.abc import Iterator, Sequence
from difflib import get_close_matches
from typing import Final

import polars as pl

from shared.contracts.filters import Filters
from shared.errors import InvalidRequestError
from shared.genres import GENRES_ES
from shared.remembering import remember
from shared.text import normalise

Value = int | str
_CODE_LETTERS: Final = 2
# Of the values asked for last; those of one take a bit per movie.
_KEPT_FLAGS: Final = 256
_GENRES_EN: Final = {
    normalise(name): english
    for english, spanish in GENRES_ES.items()
    for name in (english, spanish)
}
# What a condition is on, by the name of its parameters and of the column.
_RANGES: Final = {
    "year": "year",
    "date": "release_date",
    "runtime": "runtime",
    "votes": "votes",
    "average": "average",
    "budget": "budget",
    "revenue": "revenue",
    "return": "return",
}
_LISTED: Final = ("genres", "countries", "companies", "collections", "people")


def filter_frame(
    movies: pl.DataFrame, cast: pl.DataFrame, directors: pl.DataFrame
) -> pl.DataFrame:
    """One row per movie, in the order of `movies`; what is not known is null."""
    credited = pl.concat([cast.lazy(), directors.lazy()], how="diagonal")
    people = credited.group_by("movie_id").agg(people=pl.col("person_id").unique().sort())
    return (
        movies.lazy()
        .select(
            "id",
            "release_date",
            year="release_year",
            language="original_language",
            runtime=_known("runtime"),
            votes=pl.col("vote_count").clip(0).fill_null(0),
            average=pl.when(pl.col("vote_count") > 0).then("vote_average"),
            budget=_known("budget"),
            revenue=_known("revenue"),
            **{"return": _known("return")},
            genres=_members("genres", "name"),
            countries=_members("production_countries", "iso_3166_1"),
            companies=_members("production_companies", "id"),
            collections=_members("belongs_to_collection", "id"),
        )
        .join(people, left_on="id", right_on="movie_id", how="left", maintain_order="left")
        .collect()
    )


def frame_of_profiles(profiles: pl.DataFrame) -> pl.DataFrame:
    """The table of a release of the version before, made of its profiles.

    Dates and money are unknown there, and of a film's people only the first are known.
    """
    keys = {
        "countries": "countries",
        "companies": "companies",
        "collections": "collection",
    }
    people = pl.concat_list(*(_field(name, "key") for name in ("cast", "directors")))
    unknown = {name: pl.lit(None, pl.Int64) for name in ("budget", "revenue")}
    return profiles.select(
        *("id", "year", "language", "runtime", "votes"),
        pl.lit(None, pl.Date).alias("release_date"),
        pl.lit(None, pl.Float64).alias("return"),
        average=pl.when(pl.col("votes") > 0).then("average"),
        genres=_field("genres", "name"),
        people=people.list.unique(),
        **unknown,
        **{name: _field(column, "key") for name, column in keys.items()},
    )


class Postings:
    """Which movies have a value, for a list column; immutable."""

    def __init__(self, lists: pl.Series) -> None:
        """Sort the values of (n,) lists with the rows that have them."""
        self._size = len(lists)
        pairs = (
            pl.DataFrame({"value": lists})
            .with_row_index("row")
            .explode("value")
            .drop_nulls("value")
            .sort("value", "row")
        )
        self._values, self._rows = pairs["value"], pairs["row"]
        self._flags = remember(_KEPT_FLAGS, self._mark)

    @property
    def values(self) -> list[Value]:
        """Each value once, sorted."""
        return self._values.unique(maintain_order=True).to_list()

    def rows(self, value: Value) -> pl.Series:
        """Rows of the movies that have this value, ascending."""
        start = self._values.search_sorted(value, side="left")
        end = self._values.search_sorted(value, side="right")
        return self._rows[start:end]

    def has_any(self, values: Sequence[Value]) -> pl.Series:
        """Flags of the movies that have one of these values, at least one of them given, (n,)."""
        flags = self._flags(values[0])
        for value in values[1:]:
            flags = flags | self._flags(value)
        return flags

    def _mark(self, value: Value) -> pl.Series:
        return _flags(self._size, value=False).scatter(self.rows(value), values=True)


class Figure:
    """A number or date of every movie, and of which movies it is known."""

    def __init__(self, values: pl.Series) -> None:
        """Take (n,) values; null is unknown."""
        self.is_known = values.is_not_null()
        # Whatever stands in the gaps: filling them once saves it at every question.
        self.values = values.fill_null(strategy="min")


class FilterTable:
    """Immutable: one flag per movie for any filters, in the order of the release's movies."""

    def __init__(self, frame: pl.DataFrame) -> None:
        """Load the artifact."""
        self.ids = frame["id"]
        self._figures = {name: Figure(frame[column]) for name, column in _RANGES.items()}
        self._postings = {name: Postings(frame[name]) for name in _LISTED}
        languages = frame.select(pl.concat_list("language")).to_series()
        self._postings["languages"] = Postings(languages)
        self._genres: dict[str, list[str]] = {}
        for name in map(str, self._postings["genres"].values):
            self._genres.setdefault(normalise(name), []).append(name)

    def __len__(self) -> int:
        """Return the number of movies."""
        return len(self.ids)

    @property
    def genres(self) -> list[str]:
        """The genres that some movie has, one spelling of each, sorted."""
        return [spellings[0] for spellings in self._genres.values()]

    def allowed(self, filters: Filters) -> pl.Series:
        """Flags of the movies that meet every condition, (n,) Boolean.

        Raises:
            InvalidRequestError: there is no genre of this name, no code of this form, or a range
                ends before it begins.
        """
        for name in _RANGES:
            _check_range(filters, name)
        conditions = list(self._conditions(filters))
        if not conditions:
            return _flags(len(self), value=True)
        allowed = conditions[0]
        for condition in conditions[1:]:
            allowed = allowed & condition
        return allowed

    def _conditions(self, filters: Filters) -> Iterator[pl.Series]:
        """The conditions that are given."""
        yield from self._genre_conditions(filters)
        yield from self._range_conditions(filters)
        if filters.languages:
            codes = [_code(each, "languages", "ISO 639-1").lower() for each in filters.languages]
            yield self._postings["languages"].has_any(codes)
        if filters.countries:
            codes = [_code(each, "countries", "ISO 3166-1").upper() for each in filters.countries]
            yield self._postings["countries"].has_any(codes)
        for name in ("companies", "collections", "people"):
            ids: list[int] = getattr(filters, name)
            if ids:
                yield self._postings[name].has_any(ids)
        if filters.exclude:
            yield ~self.ids.is_in(filters.exclude)

    def _genre_conditions(self, filters: Filters) -> Iterator[pl.Series]:
        genres = self._postings["genres"]
        if filters.genres_any:
            yield genres.has_any(self._spellings(filters.genres_any, "genres_any"))
        for name in filters.genres_all:
            yield genres.has_any(self._genre(name, "genres_all"))
        if filters.genres_none:
            yield ~genres.has_any(self._spellings(filters.genres_none, "genres_none"))

    def _range_conditions(self, filters: Filters) -> Iterator[pl.Series]:
        for name, figure in self._figures.items():
            least, most = getattr(filters, f"{name}_min"), getattr(filters, f"{name}_max")
            if least is not None:
                yield (figure.values >= least) & figure.is_known
            if most is not None:
                yield (figure.values <= most) & figure.is_known

    def _spellings(self, names: Sequence[str], parameter: str) -> list[str]:
        return [each for name in names for each in self._genre(name, parameter)]

    def _genre(self, name: str, parameter: str) -> list[str]:
        """Spellings of a genre in the catalogue, or the name of one that there is elsewhere."""
        key = normalise(name)
        english = _GENRES_EN.get(key)
        found = self._genres.get(key)
        if found is None and english is not None:
            found = self._genres.get(normalise(english), [english])
        if found is None:
            near = [self._genres[each][0] for each in get_close_matches(key, self._genres, n=3)]
            known = ", ".join(self.genres)
            hint = f"Did you mean {', '.join(near)}?" if near else f"Known: {known}."
            raise InvalidRequestError(
                f"There is no genre '{name[:50]}'. {hint}", parameter=parameter, suggestions=near
            )
        return found


def _flags(size: int, *, value: bool) -> pl.Series:
    return pl.repeat(value, size, eager=True, dtype=pl.Boolean)


def _known(column: str) -> pl.Expr:
    """A figure, null where it is not positive: the sources write 0 for unknown."""
    return pl.when(pl.col(column) > 0).then(column)


def _members(column: str, field: str) -> pl.Expr:
    """One field of a nested column, each value once."""
    return _field(column, field).list.unique()


def _field(column: str, field: str) -> pl.Expr:
    return pl.col(column).list.eval(pl.element().struct.field(field).drop_nulls())


def _check_range(filters: Filters, name: str) -> None:
    least, most = getattr(filters, f"{name}_min"), getattr(filters, f"{name}_max")
    if least is not None and most is not None and least > most:
        raise InvalidRequestError(
            f"{name}_min is larger than {name}_max: {least} and {most}.",
            parameter=f"{name}_min",
        )


def _code(given: str, parameter: str, standard: str) -> str:
    """A code as it is compared."""
    code = given.strip()
    if len(code) != _CODE_LETTERS or not (code.isascii() and code.isalpha()):
        raise InvalidRequestError(
            f"'{given[:50]}' is no code of two letters ({standard}).", parameter=parameter
        )
    return code
