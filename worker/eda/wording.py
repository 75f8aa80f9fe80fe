"""The words of the findings: columns as nouns, the names of periods, lists in a sentence."""

import re
from collections.abc import Sequence
from typing import Final

from shared.contracts.eda import ColumnProfile, Finding, NamedMovie, Text
from worker.eda.numerals import EN, ES, plural

# Figures as they are called in a sentence.
NOUNS: Final = {
    "budget": Text(es="el presupuesto", en="the budget"),
    "revenue": Text(es="los ingresos", en="the revenue"),
    "return": Text(es="el retorno", en="the return"),
    "popularity": Text(es="la popularidad", en="the popularity"),
    "vote_average": Text(es="la nota media", en="the average rating"),
    "vote_count": Text(es="el número de votos", en="the number of votes"),
    "runtime": Text(es="la duración", en="the runtime"),
    "release_year": Text(es="el año de estreno", en="the year of release"),
}
MEDIANS: Final = {
    "budget": Text(es="el presupuesto mediano", en="the median budget"),
    "revenue": Text(es="los ingresos medianos", en="the median revenue"),
    "return": Text(es="el retorno mediano", en="the median return"),
    "runtime": Text(es="la duración mediana", en="the median runtime"),
}
# What a movie lacks where a column is empty.
LACKS: Final = {
    "genres": Text(es="género", en="genre"),
    "overview": Text(es="sinopsis", en="overview"),
    "original_language": Text(es="idioma original", en="original language"),
    "runtime": Text(es="duración conocida", en="known runtime"),
    "cast": Text(es="reparto", en="cast"),
    "directors": Text(es="dirección conocida", en="known director"),
}
MONTHS: Final = Text(
    es="enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre",
    en="January February March April May June July August September October November December",
)
WEEKDAYS: Final = Text(
    es="lunes martes miércoles jueves viernes sábado domingo",
    en="Monday Tuesday Wednesday Thursday Friday Saturday Sunday",
)
PLACES: Final = (
    *("first", "second", "third", "fourth", "fifth", "sixth"),
    *("seventh", "eighth", "ninth", "tenth", "eleventh", "twelfth"),
)
# Before this sound, "y" is written "e".
_SOUNDS_I: Final = re.compile(r"[«“]?h?[ií](?![aeoué])", re.IGNORECASE)


def agree(column: str, one: str, many: str) -> str:
    """Return the form of a Spanish verb that goes with the noun of a column."""
    return many if NOUNS[column].es.startswith("los ") else one


def amount(column: str, value: float) -> Text:
    """Return a value of a column with its unit."""
    es, en = ES.figure(value), EN.figure(value)
    if column in {"budget", "revenue"}:
        return Text(es=ES.money(value), en=EN.money(value))
    if column == "release_year":
        return Text(es=str(int(value)), en=str(int(value)))
    if column == "runtime":
        unit, unit_en = plural(es, "minuto", "minutos"), plural(en, "minute", "minutes")
        return Text(es=f"{es} {unit}", en=f"{en} {unit_en}")
    if column == "return":
        times, times_en = plural(es, "vez", "veces"), plural(en, "time", "times")
        return Text(es=f"{es} {times} el presupuesto", en=f"{en} {times_en} the budget")
    return Text(es=es, en=en)


def name_range(column: str, low: float, high: float) -> tuple[Text, Text]:
    """Return both ends of a range, the unit said once where it is the same."""
    end = amount(column, high)
    if column in {"runtime", "return"}:
        return Text(es=ES.figure(low), en=EN.figure(low)), end
    return amount(column, low), end


def tell(key: str, topic: str, es: str, en: str) -> Finding:
    """Make a finding of its two sentences, each with its first letter in upper case."""
    return Finding(key=key, topic=topic, text=Text(es=_begin(es), en=_begin(en)))


def _begin(sentence: str) -> str:
    """Write the first letter in upper case and leave the others."""
    return sentence[:1].upper() + sentence[1:]


def nth(words: Text, number: int) -> Text:
    """Return the word of a month or a weekday, from 1."""
    return Text(es=words.es.split()[number - 1], en=words.en.split()[number - 1])


def quote(name: str) -> Text:
    """Return a name in the quotation marks of each language."""
    return Text(es=f"«{name}»", en=f"“{name}”")


def enumerate_names(names: Sequence[Text]) -> Text:
    """Join at least one name as a sentence lists them."""
    es, en = [name.es for name in names], [name.en for name in names]
    if len(names) == 1:
        return names[0]
    joint = " e " if _SOUNDS_I.match(es[-1]) else " y "
    return Text(es=", ".join(es[:-1]) + joint + es[-1], en=", ".join(en[:-1]) + " and " + en[-1])


def name_films(movies: Sequence[NamedMovie]) -> Text:
    """List at least one movie by title and year."""
    quoted = [(quote(movie.title), movie.year) for movie in movies]
    return enumerate_names(
        [Text(es=f"{name.es} ({year})", en=f"{name.en} ({year})") for name, year in quoted]
    )


def column_of(columns: Sequence[ColumnProfile], name: str) -> ColumnProfile:
    """Return the profile of one column.

    Raises:
        LookupError: there is none; a mistake of ours.
    """
    for column in columns:
        if column.column == name:
            return column
    raise LookupError(name)
