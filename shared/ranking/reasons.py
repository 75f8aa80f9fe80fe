"""Reasons: what two movies really have in common, as a short sentence in Spanish or English.

Says nothing that the catalogue does not: contributions decide about the order alone.
"""

from collections.abc import Iterator, Mapping, Sequence
from itertools import chain, islice, pairwise
from typing import Final, NamedTuple

import numpy as np

from shared.contracts.recommendations import Lang
from shared.genres import GENRES_ES
from shared.ranking.profiles import Profiles, Values
from shared.ranking.wording import AND, PHRASES
from shared.text import normalise

MOST_REASONS: Final = 3
MOST_NAMED: Final = 3
# Cosine from which two texts are called alike, with and without words to show for it.
ALIKE: Final = 0.35
ALIKE_WITHOUT_WORDS: Final = 0.55
# What counts as the same period, a similar rating (and how many votes make one), an audience of
# similar size (logarithm of the votes).
SAME_PERIOD_YEARS: Final = 5
SIMILAR_AVERAGE: Final = 0.5
LEAST_VOTES: Final = 20
SIMILAR_VOTES: Final = 0.7
# A country or language that more of the catalogue has goes without saying.
_TOO_COMMON: Final = 0.2
# The most telling first, each with the contributions of which one must speak for it.
_KINDS: Final[tuple[tuple[str, tuple[str, ...]], ...]] = (
    ("collection", ("collection",)),
    ("directors", ("directors",)),
    ("plot", ("text", "keywords")),
    ("cast", ("cast",)),
    ("genres", ("genres",)),
    ("companies", ("companies",)),
    ("language", ("language", "spoken")),
    ("countries", ("countries",)),
)


class Pair(NamedTuple):
    """Rows of the movie asked about and the one recommended, with the cosine of their texts."""

    own: int
    other: int
    cosine: float


class Reasons:
    """Makes the sentences of one release. Immutable: threads may share it."""

    def __init__(self, profiles: Profiles) -> None:
        """Take what is known of each movie."""
        self._profiles = profiles
        self._values = profiles.values

    def of_pair(self, pair: Pair, contributions: Mapping[str, float], lang: Lang) -> str:
        """Why a movie is recommended for another; empty where nothing can be named."""
        texts = (
            text
            for kind, names in _KINDS
            if any(contributions.get(name, 0.0) > 0 for name in names)
            and (text := self._named(kind, pair, lang))
        )
        return _sentence(
            list(islice(chain(texts, self._closeness(pair, lang)), MOST_REASONS)), lang
        )

    def of_text(self, words: Sequence[str], other: int, cosine: float, lang: Lang) -> str:
        """Why a movie is recommended for a description; `words` are the description's own."""
        asked = set(words)
        found = [
            values.names[code]
            for values in (self._values["keywords"], self._values["words"])
            for code in values.of(other)
            if normalise(values.names[code]) in asked
        ]
        named = list(dict.fromkeys(found))[:MOST_NAMED]
        if not named and cosine < ALIKE:
            return ""
        return _sentence([_listed("description", named, lang)], lang)

    def _named(self, kind: str, pair: Pair, lang: Lang) -> str | None:
        """What two movies have in common of one kind."""
        match kind:
            case "plot":
                return self._plot(pair, lang)
            case "genres":
                return self._genres(pair, lang)
            case "language":
                return self._language(pair, lang)
            case "countries":
                return self._countries(pair, lang)
            case _:
                return self._shared(kind, pair, lang)

    def _countries(self, pair: Pair, lang: Lang) -> str | None:
        values = self._values["countries"]
        telling = [c for c in values.shared(pair.own, pair.other) if self._is_telling(values, c)]
        return _listed("countries", [values.names[c] for c in telling], lang) if telling else None

    def _genres(self, pair: Pair, lang: Lang) -> str | None:
        values = self._values["genres"]
        names = [values.names[code] for code in values.shared(pair.own, pair.other)]
        if not names:
            return None
        shown = [
            GENRES_ES.get(name, name).lower() if lang == "es" else name.lower() for name in names
        ]
        return _listed("genres", shown[:MOST_NAMED], lang)

    def _language(self, pair: Pair, lang: Lang) -> str | None:
        own, other = self._profiles.language(pair.own), self._profiles.language(pair.other)
        share = self._profiles.language_share(pair.own)
        return (
            _listed("language", [own], lang)
            if own == other != "" and share <= _TOO_COMMON
            else None
        )

    def _plot(self, pair: Pair, lang: Lang) -> str | None:
        """A plot is alike where the texts are, or where the films have themes in common."""
        themes = _rarest(self._values["keywords"], pair)
        has_plots = self._profiles.has_plot[pair.own] and self._profiles.has_plot[pair.other]
        is_alike = bool(has_plots) and pair.cosine >= ALIKE
        words = [*themes, *_rarest(self._values["words"], pair)] if is_alike else themes
        named = list(dict.fromkeys(words))[:MOST_NAMED]
        if is_alike and (named or pair.cosine >= ALIKE_WITHOUT_WORDS):
            return _listed("plot", named, lang)
        return _listed("themes", named, lang) if named else None

    def _shared(self, name: str, pair: Pair, lang: Lang) -> str | None:
        values = self._values[name]
        names = [values.names[code] for code in values.shared(pair.own, pair.other)]
        return _listed(name, names[:MOST_NAMED], lang) if names else None

    def _is_telling(self, values: Values, code: int) -> bool:
        return int(values.counts[code]) <= _TOO_COMMON * len(self._profiles)

    def _closeness(self, pair: Pair, lang: Lang) -> Iterator[str]:
        """What figures have in common: period, rating, audience."""
        numbers, own, other = self._profiles.numbers, pair.own, pair.other
        first, second = int(numbers.years[own]), int(numbers.years[other])
        if abs(first - second) <= SAME_PERIOD_YEARS:
            yield _compared("year", str(first), str(second), lang)
        votes, averages = numbers.votes, numbers.averages
        if min(votes[own], votes[other]) < LEAST_VOTES:
            return
        if abs(averages[own] - averages[other]) <= SIMILAR_AVERAGE:
            shown = (_decimal(averages[own], lang), _decimal(averages[other], lang))
            yield _compared("average", *shown, lang)
        if abs(np.log1p(votes[own]) - np.log1p(votes[other])) <= SIMILAR_VOTES:
            yield _phrase("votes", 1, lang)


def description_words(text: str) -> list[str]:
    """Words of a description, and pairs of them, as keywords are compared with."""
    words = normalise(text).split()
    plain = ["".join(char for char in word if char.isalnum()) for word in words]
    pairs = [f"{first} {second}" for first, second in pairwise(plain)]
    return [*plain, *pairs]


def _rarest(values: Values, pair: Pair) -> list[str]:
    """Names of the values that both have, the rarest first."""
    codes = values.shared(pair.own, pair.other)
    return [values.names[code] for code in sorted(codes, key=lambda c: (values.counts[c], c))]


def _phrase(key: str, count: int, lang: Lang) -> str:
    """A phrase for one thing, or for several."""
    one, many = PHRASES[key][lang]
    return one if count <= 1 else many


def _listed(key: str, names: Sequence[str], lang: Lang) -> str:
    """A phrase and what it is about."""
    phrase = _phrase(key, len(names), lang)
    if not names:
        return phrase
    listed = ", ".join(names)
    return f"{phrase}: {listed}" if key in _LAST else f"{phrase} ({listed})"


def _compared(key: str, own: str, other: str, lang: Lang) -> str:
    """A phrase and the two figures it compares, or the one they share."""
    both = own if own == other else f"{own} {AND[lang]} {other}"
    return f"{_phrase(key, 1, lang)} ({both})"


# Lists without brackets stand at the end of a sentence.
_LAST: Final = frozenset({"plot", "themes", "description"})


def _sentence(texts: Sequence[str], lang: Lang) -> str:
    """Join phrases, those with open lists last, with a capital."""
    ends = tuple(f"{phrase}:" for key in _LAST for phrase in PHRASES[key][lang])
    ordered = sorted(texts, key=lambda text: text.startswith(ends))
    joined = ", ".join(ordered)
    return joined[:1].upper() + joined[1:]


def _decimal(value: float, lang: Lang) -> str:
    text = f"{value:.1f}"
    return text.replace(".", ",") if lang == "es" else text
