"""Findings about what changed against the release before."""

from collections.abc import Iterator
from typing import Final

from shared.contracts.eda import Analysis, Comparison, Finding, NamedMovie, Text
from worker.eda.numerals import EN, ES, plural
from worker.eda.wording import enumerate_names, name_films, quote, tell
from worker.eda.words import label

# How many movies, columns or files a sentence names.
NAMED: Final = 3
# Figures worth a sentence when they differ.
KNOWN: Final = {
    "with_budget": Text(es="presupuesto conocido", en="a known budget"),
    "with_revenue": Text(es="ingresos conocidos", en="a known revenue"),
    "with_overview": Text(es="sinopsis", en="an overview"),
}


def tell_changes(draft: Analysis) -> Iterator[Finding]:
    """What was added, removed and changed; or that nothing was."""
    found = draft.comparison
    if found is None:
        return
    if not (found.added or found.removed or found.changed):
        yield tell(
            "nothing_changed",
            "changes",
            f"ninguna película cambia respecto de la versión {found.previous}.",
            f"no film differs from release {found.previous}.",
        )
    yield from _tell_movies(found)
    yield from _tell_columns(found)
    yield from _tell_figures(found)
    yield from _tell_sources(found)


def _tell_movies(found: Comparison) -> Iterator[Finding]:
    """The movies that came, went, or differ."""
    for key, n, movies, one, many, one_en, many_en in (
        ("added", found.added, found.added_movies, "se añade", "se añaden", "is", "are"),
        ("removed", found.removed, found.removed_movies, "se retira", "se retiran", "is", "are"),
    ):
        if n:
            films = _examples(n, movies)
            yield tell(
                key,
                "changes",
                f"{plural(n, one, many)} {ES.count(n)} {plural(n, 'película', 'películas')} "
                f"respecto de la versión {found.previous}: {films.es}.",
                f"{EN.count(n)} {plural(n, 'film', 'films')} {plural(n, one_en, many_en)} "
                f"{key} against release {found.previous}: {films.en}.",
            )
    if found.changed:
        n, films = found.changed, _examples(found.changed, found.changed_movies)
        yield tell(
            "changed",
            "changes",
            f"{plural(n, 'cambia', 'cambian')} {ES.count(n)} "
            f"{plural(n, 'película', 'películas')} de las que ya estaban: {films.es}.",
            f"{EN.count(n)} of the films already there "
            f"{plural(n, 'differs', 'differ')}: {films.en}.",
        )


def _examples(count: int, movies: list[NamedMovie]) -> Text:
    """All movies by name, or the first of many."""
    films = name_films(movies[:NAMED])
    if count <= NAMED:
        return films
    return Text(es=f"entre ellas, {films.es}", en=f"among them {films.en}")


def _tell_columns(found: Comparison) -> Iterator[Finding]:
    """The column that differs in most movies."""
    if found.columns:
        top = found.columns[0]
        es = quote(label("es", "column", top.column)).es
        en = quote(label("en", "column", top.column)).en
        n = top.movies
        yield tell(
            "changed_column",
            "changes",
            f"la columna que más cambia es {es}, en {ES.count(n)} "
            f"{plural(n, 'película', 'películas')}.",
            f"the column that differs most is {en}, in {EN.count(n)} "
            f"{plural(n, 'film', 'films')}.",
        )


def _tell_figures(found: Comparison) -> Iterator[Finding]:
    """How many more or fewer movies have what is often missing."""
    for figure in found.figures:
        words, before, after = KNOWN.get(figure.key), figure.before, figure.after
        if words is not None and before != after:
            yield tell(
                f"figure_{figure.key}",
                "changes",
                f"las películas con {words.es} pasan de {ES.count(before)} a {ES.count(after)}.",
                f"films with {words.en} go from {EN.count(before)} to {EN.count(after)}.",
            )


def _tell_sources(found: Comparison) -> Iterator[Finding]:
    """The source files that differ."""
    n = len(found.sources_changed)
    if n:
        files = enumerate_names([Text(es=name, en=name) for name in found.sources_changed])
        yield tell(
            "sources",
            "changes",
            f"{plural(n, 'cambia el fichero', 'cambian los ficheros')} de origen {files.es}.",
            f"{plural(n, 'one source file differs', f'{n} source files differ')}: {files.en}.",
        )
