"""Filters: which movies may be recommended, one flag per row of the index."""

from collections.abc import Iterable, Sequence
from difflib import get_close_matches
from typing import Final

import numpy as np
from numpy.typing import NDArray

from shared.contracts.recommendations import Filters
from shared.errors import InvalidRequestError
from shared.ranking.profiles import Profiles, Values
from shared.ranking.wording import GENRES_ES
from shared.text import normalise

NO_FILTERS: Final = Filters()
# The code of a genre that no movie has: the place after the last one, which stays empty.
NOWHERE: Final = -1
_CODE_LETTERS: Final = 2
_GENRES_EN: Final = {
    normalise(name): english
    for english, spanish in GENRES_ES.items()
    for name in (english, spanish)
}
_RANGES: Final = ("year", "runtime")


def allowed_rows(profiles: Profiles, filters: Filters) -> NDArray[np.bool_]:
    """Flags of the movies that meet every condition, (n,).

    Raises:
        InvalidRequestError: there is no genre of this name, no code of this form, or a range
            ends before it begins.
    """
    for name in _RANGES:
        _check_range(filters, name)
    allowed = np.ones(len(profiles), dtype=bool)
    for condition in _conditions(profiles, filters):
        allowed &= condition
    return allowed


def _conditions(profiles: Profiles, filters: Filters) -> Iterable[NDArray[np.bool_]]:
    """The conditions that are given."""
    yield from _genre_conditions(profiles.values["genres"], filters)
    yield from _number_conditions(profiles, filters)
    if filters.languages:
        wanted = {_code(each, "languages", "ISO 639-1").lower() for each in filters.languages}
        is_wanted = np.array([code in wanted for code in profiles.language_codes], dtype=bool)
        yield is_wanted[profiles.languages]
    if filters.countries:
        yield _has(
            profiles.values["countries"],
            [_code(each, "countries", "ISO 3166-1").upper() for each in filters.countries],
        )
    if filters.collections:
        yield _has(profiles.values["collection"], filters.collections)
    if filters.exclude:
        yield ~np.isin(profiles.ids, filters.exclude)


def _genre_conditions(genres: Values, filters: Filters) -> Iterable[NDArray[np.bool_]]:
    if filters.genres_any:
        yield genres.has_any([_genre(genres, name) for name in filters.genres_any])
    for name in filters.genres_all:
        yield genres.has_any([_genre(genres, name)])
    if filters.genres_none:
        yield ~genres.has_any([_genre(genres, name) for name in filters.genres_none])


def _number_conditions(profiles: Profiles, filters: Filters) -> Iterable[NDArray[np.bool_]]:
    numbers = profiles.numbers
    if filters.year_min is not None:
        yield numbers.years >= filters.year_min
    if filters.year_max is not None:
        yield numbers.years <= filters.year_max
    if filters.runtime_min is not None:
        yield numbers.runtimes >= filters.runtime_min
    if filters.runtime_max is not None:
        yield numbers.runtimes <= filters.runtime_max
    if filters.votes_min is not None:
        yield numbers.votes >= filters.votes_min
    if filters.average_min is not None:
        yield numbers.averages >= filters.average_min


def _check_range(filters: Filters, name: str) -> None:
    least, most = getattr(filters, f"{name}_min"), getattr(filters, f"{name}_max")
    if least is not None and most is not None and least > most:
        raise InvalidRequestError(
            f"{name}_min is larger than {name}_max: {least:g} and {most:g}.",
            parameter=f"{name}_min",
        )


def _genre(genres: Values, name: str) -> int:
    """Code of a genre."""
    english = _GENRES_EN.get(normalise(name))
    code = genres.by_name(name)
    if code is None and english is not None:
        # There is such a genre, though perhaps not here.
        code = genres.by_name(english)
        return NOWHERE if code is None else code
    if code is None:
        known = {normalise(each): each for each in genres.names}
        near = [known[key] for key in get_close_matches(normalise(name), known, n=3)]
        hint = f"Did you mean {', '.join(near)}?" if near else f"Known: {', '.join(genres.names)}."
        raise InvalidRequestError(
            f"There is no genre '{name[:50]}'. {hint}", parameter="genres", suggestions=near
        )
    return code


def _code(given: str, parameter: str, standard: str) -> str:
    """A code as it is compared."""
    code = given.strip()
    if len(code) != _CODE_LETTERS or not (code.isascii() and code.isalpha()):
        raise InvalidRequestError(
            f"'{given[:50]}' is no code of two letters ({standard}).", parameter=parameter
        )
    return code


def _has(values: Values, keys: Sequence[object]) -> NDArray[np.bool_]:
    """Which movies have one of these; keys that no movie has match none."""
    codes = [values.by_key(key) for key in keys]
    return values.has_any([code for code in codes if code is not None])
