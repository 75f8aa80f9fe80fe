"""Which code and settings made a release: digests, so that an upgrade builds anew."""

import hashlib
import unicodedata
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.metadata import version
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Final

import msgspec

from shared.contracts.releases import ArtifactName, VectorSpace

Parts = Mapping[str, tuple[str, ...]]

# What decides about the clean tables, besides the input.
CLEAN_TABLES: Final[Parts] = {
    "worker": ("artifacts.py", "extracted.py"),
    "worker.etl": (),
    "shared": ("filters.py", "genres.py", "text.py", "title_keys.py", "titles.py"),
    "shared.ranking": ("facets.py", "features.py", "profiles.py", "vectors.py"),
}
# What decides about the vector of a text, besides the model's weights.
ENCODER: Final[Parts] = {"shared": ("encoder.py",)}
# What decides about index and neighbours, besides the tables: packages, or some of their modules.
VECTORS: Final[Parts] = {
    "worker": ("pipeline.py",),
    "worker.embedding": (),
    "worker.index": ("build.py", "neighbours.py"),
    "shared": ("encoder.py", "text.py"),
    "shared.ranking": (
        "facets.py",
        "features.py",
        "model.py",
        "rank.py",
        "vectors.py",
        "weights.json",
    ),
}
# What decides about the lexical index, besides the tables.
SEARCH: Final[Parts] = {
    "worker.search": ("build.py",),
    "shared": ("search_index.py", "search_texts.py", "text.py", "title_keys.py"),
}
# What decides about the content of a release, besides the input.
RELEASE: Final[Parts] = {
    **VECTORS,
    "worker": ("artifacts.py", "extracted.py", "pipeline.py", "previous.py"),
    "worker.etl": (),
    "worker.eda": (),
    "worker.evaluation": (),
    "worker.index": (),
    "worker.search": (),
    "shared": (
        "encoder.py",
        "filters.py",
        "genres.py",
        "search_index.py",
        "search_texts.py",
        "text.py",
        "title_keys.py",
        "titles.py",
    ),
    "shared.ranking": (),
    "shared.contracts": ("eda.py", "evaluation.py", "reports.py", "scorecards.py"),
}
_SUFFIXES: Final = (".py", ".json", ".j2", ".css")
# Libraries whose releases may change a table, a chart or the last bits of a vector.
_LIBRARIES: Final = (
    "altair",
    "faiss-cpu",
    "jinja2",
    "numpy",
    "polars",
    "scikit-learn",
    "scipy",
    "sentence-transformers",
    "tokenizers",
    "torch",
    "transformers",
    "vl-convert-python",
)
_ENCODER_LIBRARIES: Final = ("sentence-transformers", "tokenizers", "torch", "transformers")
_SEARCH_LIBRARIES: Final = ("polars", "tantivy")
# The tables that the vectors and neighbours, and the lexical index, are made of.
_TABLES: Final = (ArtifactName.MOVIES, ArtifactName.CAST, ArtifactName.DIRECTORS)


def recipe_digest(encoding: str, truth: str) -> str:
    """SHA-256 of the code, the libraries, the setting and the truth that decide about a release.

    `truth` is a digest of the truth files: another one makes another score card.
    """
    libraries = f"{versions(_LIBRARIES)} {versions(_SEARCH_LIBRARIES)}"
    made_by = f"{_digest_of_release()} {libraries} {encoding} {truth}"
    return hashlib.sha256(made_by.encode()).hexdigest()


@cache
def tables_code() -> str:
    """SHA-256 of the code and the libraries that decide about the clean tables."""
    made_by = f"{_digest(CLEAN_TABLES)} {versions(_LIBRARIES)}"
    return hashlib.sha256(made_by.encode()).hexdigest()


@cache
def encoder_code() -> str:
    """SHA-256 of the code and the libraries that decide about the vector of a text."""
    made_by = f"{_digest(ENCODER)} {versions(_ENCODER_LIBRARIES)}"
    return hashlib.sha256(made_by.encode()).hexdigest()


def vectors_key(tables: Mapping[str, bytes], space: VectorSpace) -> str:
    """SHA-256 of all that decides about index and neighbours; equal keys, equal vectors."""
    total = hashlib.sha256(_digest_of_vectors().encode())
    total.update(msgspec.json.encode(space))
    total.update(versions(_LIBRARIES).encode())
    for name in _TABLES:
        total.update(hashlib.sha256(tables[name]).digest())
    return total.hexdigest()


def search_key(tables: Mapping[str, bytes]) -> str:
    """SHA-256 of all that decides about the lexical index; equal keys, equal indexes."""
    total = hashlib.sha256(f"{_digest_of_search()} {versions(_SEARCH_LIBRARIES)}".encode())
    for name in _TABLES:
        total.update(hashlib.sha256(tables[name]).digest())
    return total.hexdigest()


@cache
def versions(libraries: tuple[str, ...]) -> str:
    """What they are, and the Unicode of this Python: names are compared by its rules."""
    return " ".join([unicodedata.unidata_version, *map(version, libraries)])


@cache
def _digest_of_release() -> str:
    return _digest(RELEASE)


@cache
def _digest_of_vectors() -> str:
    return _digest(VECTORS)


@cache
def _digest_of_search() -> str:
    return _digest(SEARCH)


def _digest(parts: Parts) -> str:
    """SHA-256 of these modules and the files beside them."""
    total = hashlib.sha256()
    for package, names in sorted(parts.items()):
        for place, entry in _walk(files(package), package):
            if entry.name in names or (not names and entry.name.endswith(_SUFFIXES)):
                total.update(f"{place}\0".encode())
                total.update(hashlib.sha256(entry.read_bytes()).digest())
    return total.hexdigest()


def _walk(folder: Traversable, place: str) -> Iterator[tuple[str, Traversable]]:
    """Files of a folder and of those inside it, each with its place, in order."""
    for entry in sorted(folder.iterdir(), key=lambda entry: entry.name):
        inside = f"{place}/{entry.name}"
        if entry.is_dir():
            yield from _walk(entry, inside)
        else:
            yield inside, entry
