"""Loose forms of a title: what stays the same however people write it, in English or Spanish.

Two titles that share a key may be the same film; spaces, accents, case and punctuation are gone.
"""

import itertools
import re
import unicodedata
from collections.abc import Iterable
from typing import Final, NamedTuple

from shared.text import normalise

ARTICLES: Final = frozenset(
    ["the", "a", "an", "el", "la", "los", "las", "lo", "un", "una", "unos", "unas"]
)
_AND: Final = "and"
# Single letters among them mean it only between two words: `Lilo y Stitch`, but `WALL-E`.
_AND_WORDS: Final = frozenset(["and", "y", "e", "n", "et", "und"])
_PART_WORDS: Final = frozenset(
    ["part", "parte", "vol", "volume", "volumen", "episode", "episodio", "chapter", "capitulo"]
)
_SHORT_FORMS: Final = {"doctor": "dr", "mister": "mr", "versus": "vs", "saint": "st"}
_ROMANS: Final = "i ii iii iv v vi vii viii ix x xi xii xiii xiv xv xvi xvii xviii xix xx"
_ROMAN: Final = {numeral: str(number) for number, numeral in enumerate(_ROMANS.split(), start=1)}
_ENGLISH: Final = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen "
    "fifteen sixteen seventeen eighteen nineteen twenty"
)
# `once` is left to the code: it is eleven in Spanish, but not where an English title begins.
_SPANISH: Final = (
    "cero uno dos tres cuatro cinco seis siete ocho nueve diez - doce trece catorce quince "
    "dieciseis diecisiete dieciocho diecinueve veinte"
)
_ORDINALS: Final = (
    "first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth "
    "thirteenth fourteenth fifteenth sixteenth seventeenth eighteenth nineteenth twentieth"
)
_TENS: Final = (
    "thirty forty fifty sixty seventy eighty ninety",
    "treinta cuarenta cincuenta sesenta setenta ochenta noventa",
)
_HUNDRED: Final = 100
_THOUSAND: Final = 1000
_SPELLED: Final[dict[str, int]] = {
    **{word: number for number, word in enumerate(_ENGLISH.split())},
    **{word: number for number, word in enumerate(_SPANISH.split()) if word != "-"},
    **{word: 10 * place for words in _TENS for place, word in enumerate(words.split(), start=3)},
    **dict.fromkeys(["hundred", "cien", "ciento"], _HUNDRED),
    **dict.fromkeys(["thousand", "mil"], _THOUSAND),
}
_NTH: Final = {
    word: f"{number}{ {1: 'st', 2: 'nd', 3: 'rd'}.get(number, 'th') }"
    for number, word in enumerate(_ORDINALS.split(), start=1)
}
_HALVES: Final = frozenset(["half", "medio", "media"])
_NUMERALS: Final = frozenset(["once", *_SPELLED, *_NTH, *_HALVES])
# Digits that stand for letters inside a word, as in `Se7en`.
_LEET: Final = {"0": "o", "1": "itl", "3": "e", "4": "a", "5": "s", "7": "vt", "8": "b"}
_MOST_LEET: Final = 8
_APOSTROPHES: Final = re.compile(r"['’‘`ʼ]")  # noqa: RUF001  # they are what is looked for
_INITIALS: Final = re.compile(r"\b(?:[^\W\d_]\.){2,}")
_ARTICLE_LAST: Final = re.compile(rf"^(.+), ({'|'.join(sorted(ARTICLES))})$")
_HALF: Final = re.compile(r"\b(\d+) and (?:a )?(?:half|medio|media)\b")
_DIGIT_INSIDE: Final = re.compile(r"[a-z]+\d+[a-z]+")
_SUBTITLE: Final = re.compile(r"[,;]\s+or:?\s+|\s+or:\s+|:\s+|\s+[-–—/]\s+")  # noqa: RUF001  # dashes
_WORD: Final = re.compile(r"[^\W_]+")
_WITH_YEAR: Final = re.compile(r"(?P<title>.*\w.*?)\s*[(\[](?P<year>(?:18|19|20|21)\d\d)[)\]]\s*")
# Letters that are not a letter and an accent.
_LIGATURES: Final = str.maketrans({"æ": "ae", "œ": "oe", "ø": "o", "đ": "d", "ł": "l", "þ": "th"})
_LEAST_PART: Final = 3


class LooseKeys(NamedTuple):
    """The keys of a title, each tuple the most faithful first; none is empty.

    `spelled` is the words as they are, with and without a leading article; `arabic` has digits for
    Roman numerals, `numbered` for number words too; `bare` lacks every article and `and`.
    """

    spelled: tuple[str, ...]
    arabic: tuple[str, ...]
    numbered: tuple[str, ...]
    bare: tuple[str, ...]


def loose_keys(title: str) -> LooseKeys:
    """Return the keys of a title."""
    words = title_words(title)
    spellings = _without_leet(_without_article(words))
    arabic = list(map(_arabic, spellings))
    numbered = [_number_parts(_digits(each)) for each in arabic]
    return LooseKeys(
        _joined(title, [words, *spellings]),
        _joined(title, map(_number_parts, arabic)),
        _joined(title, numbered),
        _joined(title, map(_bare, numbered)),
    )


def without_apostrophes(text: str) -> str:
    """Return the text with `Ocean's` as one word, whatever sign is typed."""
    return _APOSTROPHES.sub("", text)


def split_year(title: str) -> tuple[str, int | None]:
    """Return the title and the year of `Toy Story (1995)`; no year where there is none."""
    found = _WITH_YEAR.fullmatch(title)
    return (title, None) if found is None else (found["title"], int(found["year"]))


def title_words(title: str) -> list[str]:
    """Return the words of a title in one spelling; initials are one word."""
    plain = title if title.isascii() else "".join(map(_spaced_fraction, title))
    text = normalise(plain).translate(_LIGATURES)
    text = without_apostrophes(text).replace("&", " and ").replace("+", " and ")
    text = _INITIALS.sub(lambda found: found.group().replace(".", "") + " ", text)
    text = _ARTICLE_LAST.sub(r"\2 \1", text)
    found: list[str] = _WORD.findall(text)
    words = [_SHORT_FORMS.get(word, word) for word in found]
    return [_AND if _means_and(words, at) else word for at, word in enumerate(words)]


def numbered_words(title: str) -> list[str]:
    """Return the words of a title with digits for its numerals."""
    return _digits(_arabic(title_words(title)))


def title_parts(title: str) -> list[str]:
    """Return main title and subtitles of a title that has any, else nothing.

    Of `A: B - C` these are `A`, `B - C`, `B` and `C`; `Part 2` is no subtitle.
    """
    main, *others = _SUBTITLE.split(title)
    if not others:
        return []
    rest = _SUBTITLE.split(title, maxsplit=1)[1]
    named = [part for part in (rest, *others) if not loose_keys(part).numbered[0].isdecimal()]
    parts = dict.fromkeys([main, *named])
    return [part for part in parts if len(loose_keys(part).arabic[0]) >= _LEAST_PART]


def _spaced_fraction(char: str) -> str:
    """`½` as `1/2` apart from what it follows."""
    if unicodedata.category(char) != "No":
        return char
    plain = unicodedata.normalize("NFKC", char)
    return f" {plain} " if "\N{FRACTION SLASH}" in plain else char


def _means_and(words: list[str], at: int) -> bool:
    if words[at] not in _AND_WORDS:
        return False
    return words[at] == _AND or (
        0 < at < len(words) - 1 and min(len(words[at - 1]), len(words[at + 1])) > 1
    )


def _without_article(words: list[str]) -> list[str]:
    return words[1:] if len(words) > 1 and words[0] in ARTICLES else words


def _bare(words: list[str]) -> list[str]:
    return [word for word in words if word not in ARTICLES and word != _AND]


def _without_leet(words: list[str]) -> list[list[str]]:
    """The words as they are, then with letters for digits inside a word."""
    found = [at for at, word in enumerate(words) if _DIGIT_INSIDE.fullmatch(word)]
    if not found:
        return [words]
    at = found[0]
    letters = itertools.product(*(_LEET.get(char, char) for char in words[at]))
    read = itertools.islice(letters, _MOST_LEET)
    return [words, *([*words[:at], "".join(each), *words[at + 1 :]] for each in read)]


def _arabic(words: list[str]) -> list[str]:
    """Digits for Roman numerals."""
    if _ROMAN.keys().isdisjoint(words):
        return words
    return [_ROMAN.get(word, word) for word in words]


def _digits(words: list[str]) -> list[str]:
    """Digits for number words, `1st` for `first`, and `1 2` for a half after a number."""
    if _NUMERALS.isdisjoint(words):
        return words
    read: list[str] = []
    at = 0
    while at < len(words):
        number, used = _read_number(words, at)
        read.append(number)
        at += used
    if not _HALVES.isdisjoint(read):
        return _HALF.sub(r"\1 1 2", " ".join(read)).split()
    return read


def _read_number(words: list[str], start: int) -> tuple[str, int]:
    """The number that begins here and how many words it takes; else the word itself."""
    word = words[start]
    if word == "once" and start:
        return "11", 1
    if word not in _SPELLED:
        return _NTH.get(word, word), 1
    value, at = _SPELLED[word], start + 1
    while at < len(words):
        skipped = int(words[at] == _AND and value >= 20)  # noqa: PLR2004  # as in `treinta y uno`
        following = _SPELLED.get(words[at + skipped]) if at + skipped < len(words) else None
        grown = None if following is None else _grow(value, following)
        if grown is None:
            break
        value, at = grown, at + skipped + 1
    return str(value), at - start


def _grow(value: int, following: int) -> int | None:
    """A number with the next word read too, where the two are one number."""
    if following in (_HUNDRED, _THOUSAND):
        return value * following if 0 < value < following else None
    is_open = value % _HUNDRED == 0 and value > 0
    is_ten = value % 10 == 0 and value % _HUNDRED > 10 and following < 10  # noqa: PLR2004
    return value + following if (is_open or is_ten) and following else None


def _number_parts(words: list[str]) -> list[str]:
    """`part 2` as `2`."""
    if _PART_WORDS.isdisjoint(words):
        return words
    pairs = itertools.zip_longest(words, words[1:], fillvalue="")
    return [word for word, after in pairs if not (word in _PART_WORDS and after.isdecimal())]


def _joined(title: str, spellings: Iterable[list[str]]) -> tuple[str, ...]:
    """Each spelling without spaces; the title itself where nothing else is left of it."""
    keys = dict.fromkeys(filter(None, ("".join(words) for words in spellings)))
    return tuple(keys) or ("".join(normalise(title).split()) or title,)
