"""Findings about money: what is known of it, its middle, and the values hardly true."""

from collections.abc import Iterator
from typing import Final

from shared.contracts.eda import Analysis, Finding, OutlierGroup, Text
from worker.eda.numerals import EN, ES, plural
from worker.eda.wording import (
    MEDIANS,
    NOUNS,
    agree,
    amount,
    column_of,
    name_films,
    name_range,
    tell,
)

# Fewer known values than this say little of their middle.
LEAST_KNOWN: Final = 30
# How many movies a sentence names.
NAMED: Final = 3
# The most outliers are worth a word from this share of the known values.
MANY_OUTLIERS: Final = 0.05
# An old film is no oddity, however few there are.
UNREMARKABLE: Final = frozenset({"release_year"})

TINY: Final = {
    "budget": Text(es="un presupuesto", en="budget"),
    "revenue": Text(es="unos ingresos", en="revenue"),
}


def tell_known_money(draft: Analysis) -> Iterator[Finding]:
    """Of how many movies budget, revenue and return are known."""
    for column in ("budget", "revenue", "return"):
        profile, noun = column_of(draft.columns, column), NOUNS[column]
        n, share = profile.filled, profile.completeness
        verb = agree(column, "se conoce", "se conocen")
        es = f"{noun.es} no {verb} en ninguna película."
        en = f"{noun.en} is known for no film."
        if n:
            films = f"{ES.count(n)} {plural(n, 'película', 'películas')}"
            es = f"{noun.es} {verb} en {films}, el {ES.percent(share)} del total."
            films = f"{EN.count(n)} {plural(n, 'film', 'films')}"
            en = f"{noun.en} is known for {films}, {EN.percent(share)} of all."
        if draft.movies:
            yield tell(f"known_{column}", "money", es, en)


def tell_median_money(draft: Analysis) -> Iterator[Finding]:
    """The median budget, revenue and return."""
    for column in ("budget", "revenue"):
        profile, middle = column_of(draft.columns, column), MEDIANS[column]
        if profile.filled >= LEAST_KNOWN:
            value = amount(column, profile.quantiles["p50"])
            known = agree(column, "donde se conoce, es", "donde se conocen, son")
            yield tell(
                f"median_{column}",
                "money",
                f"{middle.es}, {known} de {value.es}.",
                f"{middle.en}, where known, is {value.en}.",
            )
    yield from _tell_return(draft)


def _tell_return(draft: Analysis) -> Iterator[Finding]:
    """The median return and how many films did not earn their budget back."""
    profile = column_of(draft.columns, "return")
    if profile.filled < LEAST_KNOWN:
        return
    middle = amount("return", profile.quantiles["p50"])
    yield tell(
        "median_return",
        "money",
        f"el retorno mediano es de {middle.es}.",
        f"the median return is {middle.en}.",
    )
    spread = next(one for one in draft.distributions if one.column == "return")
    if spread.known == profile.filled and any(part.end == 1 for part in spread.bins):
        share = sum(part.count for part in spread.bins if part.end <= 1) / spread.known
        yield tell(
            "losses",
            "money",
            f"el {ES.percent(share)} de las películas con retorno conocido recaudó menos de lo "
            "que costó.",
            f"{EN.percent(share)} of the films with a known return took in less than they cost.",
        )


def tell_tiny_money(draft: Analysis) -> Iterator[Finding]:
    """Budgets and revenues of a few dollars, with the most voted movies."""
    for column, words in TINY.items():
        group = _group(draft, f"tiny_{column}")
        n = group.count
        if not n:
            continue
        share = n / column_of(draft.columns, column).filled
        films = name_films(group.movies[:NAMED])
        some, some_en = ("entre ellas, ", "among them ") if n > NAMED else ("", "")
        yield tell(
            f"tiny_{column}",
            "outliers",
            f"{ES.count(n)} {plural(n, 'película tiene', 'películas tienen')} {words.es} de 1 a "
            f"999 dólares (el {ES.percent(share)} de los conocidos), seguramente en miles o en "
            f"millones: {some}{films.es}.",
            f"{EN.count(n)} {plural(n, 'film has', 'films have')} a {words.en} of $1 to $999 "
            f"({EN.percent(share)} of those known), most likely in thousands or millions: "
            f"{some_en}{films.en}.",
        )


def tell_huge_returns(draft: Analysis) -> Iterator[Finding]:
    """Returns over a thousand, with the highest."""
    group = _group(draft, "huge_return")
    n = group.count
    if not n:
        return
    films = name_films(group.movies[:NAMED])
    top_es, top_en = (one.figure(group.movies[0].value) for one in (ES, EN))
    yield tell(
        "huge_return",
        "outliers",
        f"{ES.count(n)} {plural(n, 'película recaudó', 'películas recaudaron')} más de 1000 "
        f"veces su presupuesto, hasta {top_es} veces; "
        f"{plural(n, 'es', 'las más extremas son' if n > NAMED else 'son')} {films.es}.",
        f"{EN.count(n)} {plural(n, 'film', 'films')} took in over 1,000 times "
        f"{plural(n, 'its', 'their')} budget, up to {top_en} times; "
        f"{plural(n, 'it is', 'the most extreme are' if n > NAMED else 'they are')} {films.en}.",
    )


def tell_most_outliers(draft: Analysis) -> Iterator[Finding]:
    """The figure with the largest share of values out of the ordinary."""
    filled = {one.column: one.filled for one in draft.columns}
    judged = {name for name, n in filled.items() if n >= LEAST_KNOWN} - UNREMARKABLE
    shares = [
        (one.count / filled[one.column], one)
        for one in draft.outliers
        if one.key.startswith("iqr_") and one.column in judged
    ]
    share, group = max(shares, key=lambda pair: pair[0], default=(0.0, None))
    if group is None or share < MANY_OUTLIERS or group.low is None or group.high is None:
        return
    noun, n = NOUNS[group.column], group.count
    low, high = name_range(group.column, group.low, group.high)
    yield tell(
        "most_outliers",
        "outliers",
        f"{noun.es} {agree(group.column, 'es', 'son')} la cifra con más valores atípicos: "
        f"{ES.count(n)} (el {ES.percent(share)} de los conocidos) no "
        f"{plural(n, 'está', 'están')} entre {low.es} y {high.es}.",
        f"{noun.en} is the figure with the most outliers: {EN.count(n)} ({EN.percent(share)} of "
        f"the known values) {plural(n, 'is', 'are')} not between {low.en} and {high.en}.",
    )


def _group(draft: Analysis, key: str) -> OutlierGroup:
    """The group of outliers with a key."""
    return next(one for one in draft.outliers if one.key == key)
