"""Names of people, searched as they are typed: by the beginnings of words, with typing errors.

Two prepared tables: the words of all names with the people who bear them, and the names written
without spaces. Both stay in Polars, where a word takes a few bytes and no object.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

import polars as pl
from rapidfuzz import process
from rapidfuzz.distance import OSA

from shared.text import normalise

# From so many letters on, one or two of them may be wrong, missing, added or swapped.
ONE_TYPO: Final = 4
TWO_TYPOS: Final = 7
# In a cost, one wrong letter weighs more than all words that are only begun.
_TYPO: Final = 100
_BEGUN: Final = 1
_WHOLE: Final = -1
# A comparison holds the interpreter's lock: between two pieces, requests are answered.
_PIECE: Final = 10_000
_WORD: Final = r"[\p{L}\p{M}\p{N}]+"
# Each letter has one of 64 bits, so that a word that lacks too many letters is not compared.
_BITS: Final = pl.Series([1 << bit for bit in range(64)], dtype=pl.UInt64)
_LAST: Final = "\U0010ffff"
# People write these with the next word or apart from it: `de niro`, `deniro`.
_PARTICLES: Final = frozenset(
    (
        *("al", "d", "da", "das", "de", "del", "della", "den", "der", "des", "di", "do", "dos"),
        *("du", "el", "l", "la", "las", "le", "los", "mac", "mc", "o", "san", "st", "ten", "ter"),
        *("van", "von"),
    )
)
_NOBODY: Final = pl.DataFrame(schema={"person": pl.UInt32, "cost": pl.Int32})


class NameIndex:
    """Immutable; the number of a person is also the rank that decides between equal matches."""

    def __init__(self, names: pl.DataFrame) -> None:
        """Take `person` (UInt32) and `key`, a normalised name; a person may have several."""
        words = names.select("person", word=_words(pl.col("key")))
        self._names = words.select("person", word=pl.col("word").list.join("")).sort("word")
        self._vocabulary = (
            words.lazy()
            .with_columns(pl.concat_list("word", _glued(pl.col("word"))))
            .explode("word")
            .drop_nulls()
            .unique()
            .group_by("word")
            .agg("person")
            .sort("word")
            .with_columns(letters=_letters(pl.col("word")), length=pl.col("word").str.len_chars())
            .collect()
        )

    def find(self, text: str, limit: int, allowed: pl.Series | None = None) -> list[int]:
        """Return the people whose names hold every word of `text`, or its beginning.

        Fewest typing errors first, then most whole words, then rank. Where somebody has just this
        name, nothing was mistyped; where nobody has all words, whole names are compared, so that
        short words may be wrong too. `allowed` has a flag for each person.
        """
        words = _words_of(text)
        whole = self._whole("".join(words))
        found = _best([whole, *self._holding(words, has_typos=False)], allowed)
        if found.height < limit and (not found.height or found["cost"][0] != _WHOLE):
            found = _best([*self._holding(words, has_typos=True)], allowed)
        if not found.height:
            found = _best([self._nearly("".join(words))], allowed)
        return found["person"].head(limit).to_list()

    def _whole(self, name: str) -> pl.DataFrame:
        """People of just this name, wherever it has its spaces."""
        equal = _between(self._names, name, None) if name else self._names.clear()
        return equal.select("person", cost=pl.lit(_WHOLE, pl.Int32))

    def _nearly(self, name: str) -> pl.DataFrame:
        """People of this name but for the typing errors it may have; the slowest way."""
        typos = _typos(name)
        if not typos:
            return _NOBODY
        lengths = pl.col("word").str.len_chars()
        some = self._names.filter(lengths.is_between(len(name) - typos, len(name) + typos))
        return _with_costs(some, _distances(name, some["word"], typos), 0)

    def _holding(self, words: Sequence[str], *, has_typos: bool) -> Iterator[pl.DataFrame]:
        """Yield the people whose names hold each word, and those where particles are glued."""
        for each in dict.fromkeys([tuple(words), tuple(_glue(words))]):
            tables = [self._bearers(word, has_typos=has_typos) for word in dict.fromkeys(each)]
            tables.sort(key=lambda table: table.height)
            found = tables[0] if tables else _NOBODY
            for table in tables[1:]:
                found = found.join(table, on="person", how="inner").select(
                    "person", cost=pl.col("cost") + pl.col("cost_right")
                )
            yield found

    def _bearers(self, word: str, *, has_typos: bool) -> pl.DataFrame:
        """People with this word, its beginning or, if wanted, one that is near it."""
        is_near = has_typos and len(word) >= ONE_TYPO
        return (self._near(word) if is_near else self._begun(word)).explode("person")

    def _begun(self, word: str) -> pl.DataFrame:
        """Words that begin with `word`, which come one after the other."""
        begun = _between(self._vocabulary, word, word + _LAST)
        is_begun = pl.col("word") != word
        return begun.select("person", cost=is_begun.cast(pl.Int32) * _BEGUN)

    def _near(self, word: str) -> pl.DataFrame:
        """Words that are, or begin with, `word` but for the typing errors it may have.

        Of a beginning, the first letter is right.
        """
        size, typos = len(word), _typos(word)
        letters = pl.lit(pl.select(_letters(pl.lit(word))).item(), pl.UInt64)
        has_most = (letters & ~pl.col("letters")).bitwise_count_ones() <= typos
        has_few_more = (~letters & pl.col("letters")).bitwise_count_ones() <= typos
        is_long_as = pl.col("length").is_between(size - typos, size + typos)
        whole = self._vocabulary.filter(is_long_as, has_most, has_few_more)
        same_letter = _between(self._vocabulary, word[0], word[0] + _LAST)
        begun = same_letter.filter(pl.col("length") > size, has_most)
        return pl.concat(
            [
                _with_costs(whole, _distances(word, whole["word"], typos), 0),
                _with_costs(begun, _distances(word, begun["word"].str.head(size), typos), _BEGUN),
            ]
        )


def _best(tables: Sequence[pl.DataFrame], allowed: pl.Series | None) -> pl.DataFrame:
    """Those allowed by cost, then rank; each person once."""
    found = pl.concat(tables)
    if allowed is not None:
        found = found.filter(allowed[found["person"]])
    return found.group_by("person").agg(pl.col("cost").min()).sort("cost", "person")


def _typos(word: str) -> int:
    """How many typing errors a word may have."""
    return (len(word) >= ONE_TYPO) + (len(word) >= TWO_TYPOS)


def _with_costs(words: pl.DataFrame, near: Iterable[tuple[int, int]], extra: int) -> pl.DataFrame:
    """The people of the words at some places, from (place, typing errors)."""
    places, errors = [*zip(*near, strict=True)] or ((), ())
    cost = pl.Series("cost", errors, dtype=pl.Int32) * _TYPO + extra
    return words.select("person")[list(places)].with_columns(cost)


def _between(table: pl.DataFrame, first: str, last: str | None) -> pl.DataFrame:
    """Rows of a sorted table whose word is `first`, or from there to before `last`."""
    texts = table["word"]
    start = texts.search_sorted(first)
    end = texts.search_sorted(first, "right") if last is None else texts.search_sorted(last)
    return table.slice(start, end - start)


def _words(key: pl.Expr) -> pl.Expr:
    """The words of a normalised name; `J.J.` is one."""
    return key.str.replace_all(".", "", literal=True).str.extract_all(_WORD)


def _words_of(text: str) -> list[str]:
    """The words of what was typed."""
    words: list[str] = pl.select(_words(pl.lit(normalise(text)))).item().to_list()
    return words


def _glued(words: pl.Expr) -> pl.Expr:
    """Each particle of a name, written together with what follows it."""
    each = pl.element()
    glued = pl.concat_str(each, each.shift(-1)).filter(each.is_in(list(_PARTICLES)))
    return words.list.eval(glued)


def _glue(words: Sequence[str]) -> list[str]:
    """What was typed, with each particle written together with what follows it."""
    glued: list[str] = []
    is_open = False
    for word in words:
        if is_open:
            glued[-1] += word
        else:
            glued.append(word)
        is_open = not is_open and word in _PARTICLES
    return glued


def _letters(word: pl.Expr) -> pl.Expr:
    """The bits of all letters of a word; two letters may share one."""
    bit = pl.lit(_BITS).gather(pl.element().hash() % len(_BITS))
    return word.str.split("").list.eval(bit.bitwise_or()).list.first()


def _distances(word: str, words: pl.Series, most: int) -> Iterator[tuple[int, int]]:
    """Yield the places of those at most so many typing errors away, with their errors."""
    for start in range(0, len(words), _PIECE):
        piece = words.slice(start, _PIECE).to_list()
        found = process.extract(word, piece, scorer=OSA.distance, score_cutoff=most, limit=None)
        yield from ((start + place, errors) for _, errors, place in found)
