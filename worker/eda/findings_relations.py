"""Findings about how figures relate, which groups are the largest, and who is seen most."""

from collections.abc import Iterator, Sequence
from itertools import combinations
from typing import Final, NamedTuple

from shared.contracts.eda import Analysis, Finding, GroupTable, PersonCount, Text
from worker.eda.numerals import EN, ES
from worker.eda.wording import NOUNS, amount, quote, tell
from worker.eda.words import label

# Coefficients worth a sentence, with at least so many films behind them.
STRONG: Final = 0.3
WEAK: Final = 0.05
LEAST_PAIRS: Final = 100
LISTED_PAIRS: Final = 3
# A return is made of these, so that their correlation says nothing.
PARTS: Final = frozenset({"budget", "revenue"})
# Who leads with fewer movies than this leads by chance.
LEAST_COUNT: Final = 3
# Shares under it are left out of a sentence about the largest group.
LEAST_SHARE: Final = 0.01

LARGEST: Final = {
    "genres": Text(es="el género más frecuente", en="the most frequent genre"),
    "production_companies": Text(es="la productora más frecuente", en="the most frequent company"),
    "production_countries": Text(
        es="el país de producción más frecuente", en="the most frequent country of production"
    ),
    "original_language": Text(
        es="el idioma original más frecuente", en="the most frequent original language"
    ),
    "belongs_to_collection": Text(
        es="la colección con más películas", en="the collection with the most films"
    ),
}
BEST: Final = {
    "genres": Text(es="el género", en="the genre"),
    "production_companies": Text(es="la productora", en="the company"),
}
KINDS: Final = {
    "genres": Text(es="los géneros", en="genres"),
    "production_companies": Text(es="las productoras", en="companies"),
}


class Relation(NamedTuple):
    """Two columns, their coefficient and the movies behind it."""

    one: str
    two: str
    rho: float
    movies: int


def tell_relations(draft: Analysis) -> Iterator[Finding]:
    """The strongest relations, and the weakest of those that many movies support."""
    relations = list(_list_relations(draft))
    strong = [one for one in relations if abs(one.rho) >= STRONG]
    strong.sort(key=lambda one: -abs(one.rho))
    for relation in strong[:LISTED_PAIRS]:
        yield _tell_strong(relation)
    weakest = min(relations, key=lambda one: abs(one.rho), default=None)
    if weakest is not None and abs(weakest.rho) <= WEAK:
        one, two = NOUNS[weakest.one], NOUNS[weakest.two]
        yield tell(
            "weakest_relation",
            "relations",
            f"apenas hay relación entre {one.es} y {two.es}: correlación de rangos de "
            f"{ES.decimal(weakest.rho, 2)} en {ES.count(weakest.movies)} películas.",
            f"{one.en} and {two.en} are hardly related: rank correlation of "
            f"{EN.decimal(weakest.rho, 2)} over {EN.count(weakest.movies)} films.",
        )


def _list_relations(draft: Analysis) -> Iterator[Relation]:
    """The pairs that enough movies support, a return and its parts left out."""
    found = draft.correlation
    for i, j in combinations(range(len(found.columns)), 2):
        one, two, rho = found.columns[i], found.columns[j], found.matrix[i][j]
        by_definition = "return" in (one, two) and PARTS & {one, two}
        if rho is not None and found.pairs[i][j] >= LEAST_PAIRS and not by_definition:
            yield Relation(one, two, rho, found.pairs[i][j])


def _tell_strong(relation: Relation) -> Finding:
    """Two figures that rise together, or one as the other falls."""
    one, two = NOUNS[relation.one], NOUNS[relation.two]
    es = f"correlación de rangos de {ES.decimal(relation.rho, 2)}"
    en = f"rank correlation of {EN.decimal(relation.rho, 2)}"
    together = relation.rho > 0
    lead = (
        f"{one.es} y {two.es} suelen crecer a la vez"
        if together
        else f"{one.es} y {two.es} suelen ir en sentido contrario"
    )
    lead_en = (
        f"{one.en} and {two.en} tend to rise together"
        if together
        else f"{one.en} and {two.en} tend to go opposite ways"
    )
    return tell(
        f"relation.{relation.one}.{relation.two}",
        "relations",
        f"{lead}: {es} en {ES.count(relation.movies)} películas.",
        f"{lead_en}: {en} over {EN.count(relation.movies)} films.",
    )


def tell_largest_groups(draft: Analysis) -> Iterator[Finding]:
    """The value that most movies share, of each field where one leads."""
    for table in draft.groups:
        words, stats = LARGEST.get(table.field), table.by_count
        if words is None or not _leads([one.count for one in stats]):
            continue
        name, n = _name_value(table.field, stats[0].name), stats[0].count
        share = n / draft.movies
        es, en = (f", el {ES.percent(share)}", f", {EN.percent(share)}")
        es, en = (es, en) if share >= LEAST_SHARE else ("", "")
        yield tell(
            f"largest_{table.field}",
            "groups",
            f"{words.es} es {name.es}: {ES.count(n)} películas{es}.",
            f"{words.en} is {name.en}: {EN.count(n)} films{en}.",
        )


def tell_best_returns(draft: Analysis) -> Iterator[Finding]:
    """The genre and the company whose median return is the highest."""
    for table in draft.groups:
        words = BEST.get(table.field)
        if words is not None and len(table.by_return) > 1:
            yield _tell_best(table, words)


def _tell_best(table: GroupTable, words: Text) -> Finding:
    """The value of one field with the highest median return."""
    best = table.by_return[0]
    name, returned = quote(best.name), amount("return", best.median_return or 0.0)
    n, least, kind = best.with_return, table.least, KINDS[table.field]
    return tell(
        f"best_return_{table.field}",
        "groups",
        f"{words.es} con mayor retorno mediano es {name.es}: {returned.es}, en {ES.count(n)} "
        f"películas; solo cuentan {kind.es} con al menos {least} retornos conocidos.",
        f"{words.en} with the highest median return is {name.en}: {returned.en}, over "
        f"{EN.count(n)} films; only {kind.en} with at least {least} known returns count.",
    )


def tell_genre_pair(draft: Analysis) -> Iterator[Finding]:
    """The two genres that most movies have together."""
    genres, counts = draft.cooccurrence.genres, draft.cooccurrence.counts
    pairs = [(counts[i][j], i, j) for i, j in combinations(range(len(genres)), 2)]
    pairs.sort(key=lambda pair: -pair[0])
    if pairs and _leads([pair[0] for pair in pairs]):
        n, i, j = pairs[0]
        one, two = quote(genres[i]), quote(genres[j])
        yield tell(
            "genre_pair",
            "groups",
            f"los géneros que más coinciden son {one.es} y {two.es}: {ES.count(n)} películas "
            "llevan los dos.",
            f"the genres that go together most are {one.en} and {two.en}: {EN.count(n)} films "
            "have both.",
        )


def tell_people(draft: Analysis) -> Iterator[Finding]:
    """Who appears in most movies and who directs most."""
    if _leads([one.movies for one in draft.actors]):
        yield _tell_person(
            "busiest_actor",
            draft.actors[0],
            Text(es="quien aparece en más películas es", en="appears in the most films"),
        )
    if _leads([one.movies for one in draft.directors]):
        yield _tell_person(
            "busiest_director",
            draft.directors[0],
            Text(es="quien ha dirigido más películas es", en="has directed the most films"),
        )


def _tell_person(key: str, person: PersonCount, words: Text) -> Finding:
    """A person who leads."""
    es = f"{words.es} {person.name}: {ES.count(person.movies)}."
    return tell(key, "people", es, f"{person.name} {words.en}: {EN.count(person.movies)}.")


def _leads(counts: Sequence[int]) -> bool:
    """Whether the first is large enough and ahead of the second."""
    return bool(counts) and counts[0] >= LEAST_COUNT and counts[0] > max(counts[1:2], default=0)


def _name_value(field: str, value: str) -> Text:
    """A value as a sentence names it: languages by their word, others quoted."""
    if field != "original_language":
        return quote(value)
    es, en = label("es", "language", value), label("en", "language", value)
    return quote(value) if es == value else Text(es=f"el {es}", en=en)
