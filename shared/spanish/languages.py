"""The language of a text that somebody typed: Spanish or English.

A text may have three words and no accents, so the little words decide. Where they say nothing,
the others count. What is neither is taken for English, the encoder's language.
"""

import re
from collections.abc import Sequence
from typing import Final

from shared.contracts.recommendations import Lang
from shared.spanish.glossary import WORD, load_glossary


def _words(text: str) -> frozenset[str]:
    """Return the words of a list that is typed as one text."""
    return frozenset(text.split())


_SPANISH_LETTERS: Final = re.compile("[ñ¿¡]")
# Names made of Spanish little words, in English texts too.
_NAMES: Final = re.compile(r"\b(?:los angeles|las vegas|la la land|el paso|el salvador)\b")
_SPANISH: Final = _words(
    "al algo alguien ante antes bajo cada como contra cuando cuya cuyas cuyo cuyos cómo de del "
    "desde después donde dos durante el ella ellos en entre era eran es esa ese esta estas este "
    "estos está están fue hasta hay la las le les lo los mientras mis muy más nadie nunca o otra "
    "otras otro otros para pero por porque que quien quién qué según ser si siempre sobre su sus "
    "sí tras también tiene tienen toda todas todo todos un una unas uno unos y ya"
)
_ENGLISH: Final = _words(
    "about after against all an and another are as at be been before between but by can could "
    "did do does down during each every for from had her hers him his how i if in into is it "
    "its must my not of off on one or our out over she should some someone something than that "
    "the their them then these they this those through to under up was we were what when where "
    "which while who whom whose why will with without would you your"
)
# Words of both languages, and Spanish ones that English texts use.
_OF_BOTH: Final = _words(
    "angeles auto bella buenos casino casinos circa come conductor dan defender detectives dice "
    "dramas evita excursion familiar final flora frances guardian heroes homosexual inspector "
    "invisible lee leon llama luna males mate miles mina mona montana more mortal nazis nina "
    "ninjas padre pagan persona personas prima red resolve revive rico rio romances saber sale "
    "solo sonar sin suspense tales tonto tornados tribunal usa use viola viva zombies"
)
_SPANISH_ENDING: Final = re.compile("[áíóú]|(?:ción|cion|sión|idad|edad|iendo|miento)$")
_SHORTEST: Final = 4


def detect_lang(text: str) -> Lang:
    """Return the language of a text; English where nothing speaks for Spanish."""
    lower = text.lower()
    words = WORD.findall(_NAMES.sub(" ", lower))
    spanish = sum(word in _SPANISH for word in words) + bool(_SPANISH_LETTERS.search(lower))
    english = sum(word in _ENGLISH for word in words)
    if spanish == english:
        return "es" if _reads_spanish(words) else "en"
    return "es" if spanish > english else "en"


def _reads_spanish(words: Sequence[str]) -> bool:
    """Whether a third of the words are Spanish by the glossary or by how they are spelled."""
    return 3 * sum(map(_is_spanish, words)) >= max(1, len(words)) and bool(words)


def _is_spanish(word: str) -> bool:
    if len(word) < _SHORTEST or word in _OF_BOTH:
        return False
    return load_glossary().find(word) not in {None, word} or bool(_SPANISH_ENDING.search(word))
