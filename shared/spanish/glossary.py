"""Spanish words and what they say in English: a gloss word by word, without grammar.

The words are in `spanish.txt`. A gloss is no translation for people: it is read by the English
encoder alone, which cares little about endings and order. Knows no vectors: words that are not
in the list are guessed by whoever asks.
"""

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Final

# Given words that are not in the list, their English; the word itself where there is none.
Guess = Callable[[Sequence[str]], Sequence[str]]

WORD: Final = re.compile(r"[^\W_]+(?:'[^\W_]+)*")
_FILE: Final = "spanish.txt"
_LONGEST_PHRASE: Final = 4
_ENDINGS: Final = {
    "ar": "a an o ó aron ando ado ada ados adas aba aban ará arán ar arse arlo arla arlos arlas",
    "er": "e en ió ieron iendo ido ida idos idas ía ían erá erán er erse erlo erla erlos erlas",
    "ir": "e en ió ieron iendo ido ida idos idas ía ían irá irán ir irse irlo irla irlos irlas",
}
_WITH_FEMININE: Final = ("or", "ón", "án", "ín", "és")


class Glossary:
    """English of Spanish words, whether or not they are typed with their accents."""

    def __init__(self, english: Mapping[str, str]) -> None:
        """Take the English of each form, in lower case; an empty one leaves the word out."""
        self._exact = english
        self._plain: dict[str, str] = {}
        for form, meaning in english.items():
            self._plain.setdefault(without_accents(form), meaning)

    def find(self, word: str) -> str | None:
        """Return the English of a word or phrase in lower case, None for one not listed."""
        found = self._exact.get(word)
        return self._plain.get(word) if found is None else found

    def gloss(self, text: str, guess: Guess) -> str:
        """Return `text` in English, word by word; the longest listed phrase goes first.

        `guess` is asked once, with all the words that are not listed, in lower case.
        """
        pieces = list(self._pieces(WORD.findall(text.lower())))
        guessed = iter(guess([word for word, english in pieces if english is None]))
        said = [next(guessed) if english is None else english for _, english in pieces]
        return " ".join(filter(None, said))

    def _pieces(self, words: Sequence[str]) -> Iterator[tuple[str, str | None]]:
        """Words and phrases in order, each with its English or None."""
        place = 0
        while place < len(words):
            for length in range(_LONGEST_PHRASE, 0, -1):
                phrase = " ".join(words[place : place + length])
                english = self.find(phrase)
                if english is not None or length == 1:
                    yield phrase, english
                    place += length
                    break


@cache
def load_glossary() -> Glossary:
    """Read the list that comes with this package."""
    text = Path(__file__).with_name(_FILE).read_text(encoding="utf-8")
    return Glossary(read_forms(text.splitlines()))


def read_forms(lines: Iterable[str]) -> dict[str, str]:
    """Return the English of each form; forms that are written win over those that are bent."""
    written: dict[str, str] = {}
    bent: dict[str, str] = {}
    section = ""
    for line in lines:
        if line.startswith("["):
            section = line.strip("[]")
        elif line and not line.startswith("#"):
            meaning, _, forms = line.partition("=")
            for form in forms.split(","):
                written.setdefault(form.strip(), meaning.strip())
                for other in _bend(form.strip(), section):
                    bent.setdefault(other, meaning.strip())
    return bent | written


def without_accents(word: str) -> str:
    """Return a word as typed on a keyboard without Spanish letters."""
    split = unicodedata.normalize("NFD", word)
    return "".join(letter for letter in split if not unicodedata.combining(letter))


def _bend(form: str, section: str) -> Iterator[str]:
    """Other forms of a word, by the rules of its section."""
    if section == "bent":
        yield from _plurals(form)
        if form.endswith("o"):
            yield form[:-1] + "a"
            yield form[:-1] + "as"
        elif form.endswith(_WITH_FEMININE):
            yield without_accents(form) + "a"
            yield without_accents(form) + "as"
    elif section == "verbs":
        for ending in _ENDINGS.get(without_accents(form[-2:]), "").split():
            yield form[:-2] + ending


def _plurals(form: str) -> Iterator[str]:
    if form.endswith("z"):
        yield form[:-1] + "ces"
    elif form[-1] in "aeiouáéíóú":
        yield form + "s"
    else:
        yield form[:-2] + without_accents(form[-2:]) + "es"
