"""What was typed into a search to one tantivy query, built clause by clause: nothing is parsed."""

import math
import re
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from tantivy import Occur, Query, Schema, Searcher

from shared.remembering import remember
from shared.search_index import (
    KEY_FIELD,
    PLAIN_FIELDS,
    STEMMED_FIELDS,
    create_splitter,
    create_stemmer,
    searchable,
)
from shared.spanish.glossary import load_glossary
from shared.spanish.languages import detect_lang
from shared.title_keys import loose_keys

# The constants below are by tests/bench/bench_titles.py.
WEIGHTS: Final = {
    "title": 2.0,
    "people": 2.0,
    "collection": 1.0,
    "keywords": 1.0,
    "tagline": 0.5,
    "overview": 1.25,
}
# Of what an exact word counts, in fields where its likes are plausible.
_FUZZY_WEIGHT: Final = 2.0
# The share of the other fields where a word is in several.
_TIE_BREAKER: Final = 0.2
_WHOLE_TITLE: Final = 20.0
PHRASE_WEIGHTS: Final = {"title": 1.5, "people": 1.5, "collection": 2.0, "keywords": 1.0}
_ALL_WORDS: Final = 15.0
# Where a word may be a typing error although some text has it.
FUZZY_FIELDS: Final = ("title", "people")
# Typing errors forgiven in words of so many letters; in long texts a word is what it is.
_EDIT_LETTERS: Final = (4, 8)
_MOST_FUZZY_WORDS: Final = 6
_MOST_WORDS: Final = 48
# One in so many words of a long text must match, and no more than so many.
_WORDS_PER_MATCH: Final = 3
_MOST_NEEDED: Final = 4
_KEPT_FORMS: Final = 65_536
_LISTS: Final = ("people", "keywords")
_PHRASE: Final = re.compile(r'["“”«»]([^"“”«»]*)["“”«»]')
_ENGLISH_STOPS: Final = (
    "a about an and are as at be by for from he her his in into is it its of on or she that the "
    "their them they this to was were who will with"
)
_SPANISH_STOPS: Final = "al con de del el en la las lo los para por que se su sus un una y"
STOP_WORDS: Final = frozenset(f"{_ENGLISH_STOPS} {_SPANISH_STOPS}".split())


class Word(NamedTuple):
    """A word asked for, as it stands and as its stem, and the typing errors it may have."""

    plain: str
    stem: str
    edits: int


class Form(NamedTuple):
    """A word of a text, as it stands and as its stem."""

    plain: str
    stem: str


class Asked(NamedTuple):
    """What was typed: its words, its phrases as their words, and what Spanish ones say in English.

    `english` is empty where the text is not Spanish, or is all phrases.
    """

    text: str
    words: list[Word]
    phrases: list[list[Word]]
    english: list[Word]


class QueryReader:
    """Reads what was typed; `form` and `joined_form` give the forms of words of other texts."""

    def __init__(self) -> None:
        """Prepare."""
        self._split = create_splitter()
        self._stem = create_stemmer()
        self.form = remember(_KEPT_FORMS, self._form)
        self.joined_form = remember(_KEPT_FORMS, self._joined_form)

    def read(self, typed: str) -> Asked:
        """Return the words and phrases; function words only where there are no others."""
        text = searchable(typed)
        phrases = [self._words(found)[:_MOST_WORDS] for found in _PHRASE.findall(text)]
        loose = self._words(_PHRASE.sub(" ", text))
        words = _telling(loose)
        if len(words) > _MOST_FUZZY_WORDS:
            words = [word._replace(edits=0) for word in words]
        english = self._english(_PHRASE.sub(" ", text))
        return Asked(text, words, [phrase for phrase in phrases if phrase], english)

    def _english(self, text: str) -> list[Word]:
        """What the words of a Spanish text say, without those that the glossary lacks."""
        if detect_lang(text) != "es":
            return []
        said = self._words(load_glossary().gloss(text, _nothing))
        return [word._replace(edits=0) for word in _telling(said)]

    def _joined_form(self, text: str) -> Form | None:
        """Return the forms of the words of a text made one, if there are several."""
        words = self._split(searchable(text))
        joined = "".join(words)
        return Form(joined, self._stem(joined)) if len(words) > 1 else None

    def _form(self, word: str) -> Form | None:
        words = self._split(searchable(word))
        return Form(words[0], self._stem(words[0])) if words else None

    def _words(self, text: str) -> list[Word]:
        return [
            Word(plain, self._stem(plain), sum(len(plain) >= least for least in _EDIT_LETTERS))
            for plain in self._split(text)
        ]


class QueryBuilder:
    """Builds queries for one index."""

    def __init__(self, schema: Schema, searcher: Searcher) -> None:
        """Build for this schema; `searcher` tells which words there are."""
        self._schema = schema
        self._searcher = searcher

    def build(self, asked: Asked) -> Query:
        """Return the query: every phrase, and enough of the words; all of them count most."""
        needed = [(Occur.Must, self._phrase(phrase)) for phrase in asked.phrases]
        if asked.words:
            needed.append((Occur.Must, self._any_words(asked)))
        more = [(Occur.Should, query) for query in self._bonuses(asked)]
        return Query.boolean_query([*needed, *more])

    def _any_words(self, asked: Asked) -> Query:
        """Enough of the words, or of their English, or just the title."""
        read = [self._enough(words) for words in (asked.words, asked.english) if words]
        ways = [*read, *self._whole_titles(asked)]
        return Query.boolean_query([(Occur.Should, each) for each in ways])

    def _enough(self, words: Sequence[Word]) -> Query:
        """Enough of some words; all of them count most."""
        clauses = [self._word(word) for word in words]
        least = min(1 + (len(clauses) - 1) // _WORDS_PER_MATCH, _MOST_NEEDED)
        some = Query.boolean_query([(Occur.Should, each) for each in clauses], least)
        if len(clauses) > 1:
            exact = [self._word(word._replace(edits=0)) for word in words]
            every = [(Occur.Should, _all_of(each)) for each in (clauses, exact)]
            some = Query.boolean_query([(Occur.Must, some), *every])
        return some

    def _whole_titles(self, asked: Asked) -> Iterator[Query]:
        """The films of just this title, in any of its loose forms."""
        if asked.phrases:
            return
        keys = loose_keys(asked.text)
        for key in dict.fromkeys([*keys.spelled, *keys.arabic, *keys.numbered]):
            term = Query.term_query(self._schema, KEY_FIELD, key, index_option="basic")
            yield Query.const_score_query(term, _WHOLE_TITLE)

    def _bonuses(self, asked: Asked) -> Iterator[Query]:
        """Titles and people with the words next to each other."""
        if len(asked.words) > 1:
            for field, weight in PHRASE_WEIGHTS.items():
                forms = [_form_in(field, word) for word in asked.words]
                yield Query.boost_query(self._in_order(field, forms), weight)

    def _phrase(self, phrase: Sequence[Word]) -> Query:
        """These words, in this order, in one field."""
        if len(phrase) == 1:
            return self._word(phrase[0]._replace(edits=0))
        found = [
            Query.boost_query(
                self._in_order(field, [_form_in(field, word) for word in phrase]), weight
            )
            for field, weight in WEIGHTS.items()
        ]
        return Query.disjunction_max_query(found, _TIE_BREAKER)

    def _in_order(self, field: str, words: Sequence[str]) -> Query:
        return Query.phrase_query(self._schema, field, list(words))

    def _word(self, word: Word) -> Query:
        """A word in any field, or one like it."""
        clauses = [self._term(name, word.plain) for name in PLAIN_FIELDS]
        clauses += [self._term(name, word.stem) for name in STEMMED_FIELDS]
        if word.edits:
            clauses += [self._like(name, word.plain, word.edits) for name in FUZZY_FIELDS]
            if not self.is_known(word):
                clauses += [self._like(name, word.stem, word.edits) for name in STEMMED_FIELDS]
        return Query.disjunction_max_query(clauses, _TIE_BREAKER)

    def is_known(self, word: Word) -> bool:
        """Whether any text has this word."""
        return any(self._searcher.doc_freq(name, word.stem) for name in STEMMED_FIELDS)

    def _term(self, field: str, word: str) -> Query:
        term = Query.term_query(self._schema, field, word)
        if field in _LISTS:
            # As rare words count elsewhere, but in a long list as much as in a short one.
            return Query.const_score_query(term, WEIGHTS[field] * self._rarity(field, word))
        return Query.boost_query(term, WEIGHTS[field])

    def _rarity(self, field: str, word: str) -> float:
        """The inverse document frequency of BM25."""
        found, every = self._searcher.doc_freq(field, word), self._searcher.num_docs
        return math.log(1 + (every - found + 0.5) / (found + 0.5))

    def _like(self, field: str, word: str, edits: int) -> Query:
        like = Query.fuzzy_term_query(self._schema, field, word, distance=edits)
        return Query.boost_query(like, _FUZZY_WEIGHT * WEIGHTS[field] / WEIGHTS["title"])


def _telling(words: Sequence[Word]) -> list[Word]:
    """Each word once, function words only where there are no others."""
    telling = [word for word in words if word.plain not in STOP_WORDS]
    return list(dict.fromkeys(telling or words))[:_MOST_WORDS]


def _nothing(words: Sequence[str]) -> Sequence[str]:
    """What words say that the glossary lacks: they are asked for as they are."""
    return [""] * len(words)


def _all_of(clauses: Sequence[Query]) -> Query:
    """The bonus of a movie that has every word."""
    every = Query.boolean_query([(Occur.Must, each) for each in clauses])
    return Query.const_score_query(every, _ALL_WORDS)


def _form_in(field: str, word: Word) -> str:
    """A word as this field has it."""
    return word.plain if field in PLAIN_FIELDS else word.stem
