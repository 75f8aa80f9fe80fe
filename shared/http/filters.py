"""Filters and language as query parameters: the same for the gateway and the services."""

import datetime as dt
from collections.abc import Mapping
from typing import Annotated, Any, Final, get_args

import msgspec
from litestar.di import Provide
from litestar.params import FromQuery, HeaderParameter, QueryParameter

from shared.contracts.filters import LARGEST, MOST_EXCLUDED, MOST_VALUES, Filters
from shared.contracts.recommendations import DEFAULT_LANG, Lang
from shared.errors import InvalidRequestError
from shared.http.wording import explain

LANGS: Final[tuple[Lang, ...]] = get_args(Lang)
_Texts = Annotated[list[str] | None, QueryParameter(max_items=MOST_VALUES)]
_Ids = Annotated[list[int] | None, QueryParameter(max_items=MOST_VALUES)]
_ManyIds = Annotated[list[int] | None, QueryParameter(max_items=MOST_EXCLUDED)]
_Year = Annotated[int | None, QueryParameter(ge=1800, le=2200)]
_Date = FromQuery[dt.date | None]
_Minutes = Annotated[float | None, QueryParameter(ge=0, le=100_000)]
_Count = Annotated[int | None, QueryParameter(ge=0, le=LARGEST)]
_Average = Annotated[float | None, QueryParameter(ge=0, le=10)]
_Ratio = Annotated[float | None, QueryParameter(ge=0, le=1e12)]


def provide_filters(  # noqa: PLR0913  # one parameter for each filter
    *,
    genres_any: _Texts = None,
    genres_all: _Texts = None,
    genres_none: _Texts = None,
    year_min: _Year = None,
    year_max: _Year = None,
    date_min: _Date = None,
    date_max: _Date = None,
    languages: _Texts = None,
    countries: _Texts = None,
    companies: _Ids = None,
    collections: _Ids = None,
    people: _Ids = None,
    runtime_min: _Minutes = None,
    runtime_max: _Minutes = None,
    votes_min: _Count = None,
    votes_max: _Count = None,
    average_min: _Average = None,
    average_max: _Average = None,
    budget_min: _Count = None,
    budget_max: _Count = None,
    revenue_min: _Count = None,
    revenue_max: _Count = None,
    return_min: _Ratio = None,
    return_max: _Ratio = None,
    exclude: _ManyIds = None,
) -> Filters:
    """Read the filters of a request; lists repeat their parameter.

    Raises:
        InvalidRequestError: one of them breaks the bounds of the contract.
    """
    given = {name: value for name, value in locals().items() if value is not None}
    try:
        return msgspec.convert(given, Filters)
    except msgspec.ValidationError as error:
        raise InvalidRequestError(explain(error, Filters, "query")) from error


FILTERS: Final = {"filters": Provide(provide_filters, sync_to_thread=False)}


def filter_parameters(filters: Filters) -> dict[str, Any]:
    """The inverse: the query parameters that say the same, none for what is not given.

    The order in which a list was given means nothing, so that there is one for all.
    """
    given: dict[str, Any] = msgspec.structs.asdict(filters)
    lists: dict[str, list[Any]] = {k: v for k, v in given.items() if isinstance(v, list)}
    return {
        name: sorted(set(lists[name])) if name in lists else value
        for name, value in given.items()
        if value is not None and value != []
    }


def provide_lang(
    *,
    lang: FromQuery[Lang | None] = None,
    accept_language: Annotated[
        str | None, HeaderParameter(name="Accept-Language", max_length=1000)
    ] = None,
) -> Lang:
    """Language of an answer: `lang`, else the one preferred by `Accept-Language`, else English."""
    return lang or preferred_lang(accept_language or "")


ANSWER_LANG: Final = {"answer_lang": Provide(provide_lang, sync_to_thread=False)}


def preferred_lang(accepted: str) -> Lang:
    """The first of our languages by the weights of an `Accept-Language` header (RFC 9110)."""
    weights: dict[Lang, float] = {}
    for place, part in enumerate(accepted.split(",")):
        tag, _, parameter = part.strip().partition(";")
        weight = _weight(parameter) - place * 1e-6
        for lang in LANGS:
            if weight > 0 and tag.strip().lower().split("-")[0] == lang:
                weights[lang] = max(weight, weights.get(lang, 0.0))
    weighed = sorted(weights, key=lambda lang: -weights[lang])
    return weighed[0] if weighed else DEFAULT_LANG


def _weight(parameter: str) -> float:
    """The `q` of one accepted language, 1 where not given, 0 where unreadable."""
    name, _, value = parameter.strip().partition("=")
    if name.strip().lower() != "q":
        return 1.0
    try:
        return float(value)
    except ValueError:
        return 0.0


def lang_headers(lang: Lang) -> Mapping[str, str]:
    """Headers of an answer in a language that the caller's preferences chose."""
    return {"Content-Language": lang, "Vary": "Accept-Language"}
