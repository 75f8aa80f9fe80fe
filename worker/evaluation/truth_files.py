"""The files of the truth sets: where they are, and one digest of them all; nothing heavy."""

import hashlib
from pathlib import Path
from typing import Final, NamedTuple

from shared.errors import SourceError
from worker.etl.sources import SUFFIXES

TRUTH_NAME: Final = "recommendations.jsonl"
# The larger pair first: the usual archive of both carries both.
_RATINGS: Final = ("ratings.csv", "ratings_small.csv")
_LINKS: Final = ("links.csv", "links_small.csv")


class TruthFiles(NamedTuple):
    """What there is to compare with; ratings and links are both there or neither."""

    recommendations: Path | None = None
    ratings: Path | None = None
    links: Path | None = None


def find_truth(folder: Path, truth_file: Path | None = None) -> TruthFiles:
    """Look for known recommendations and for ratings with their links.

    `truth_file` holds the recommendations; without it, `recommendations.jsonl` of the folder.

    Raises:
        SourceError: `truth_file` is given and is not there, or the folder cannot be searched.
    """
    if truth_file is not None and not truth_file.is_file():
        raise SourceError(f"the truth file {truth_file} is missing", file=truth_file.name)
    ratings, links = _first_of(folder, _RATINGS), _first_of(folder, _LINKS)
    is_pair = ratings is not None and links is not None
    return TruthFiles(
        recommendations=truth_file or _first_of(folder, (TRUTH_NAME,), ("",)),
        ratings=ratings if is_pair else None,
        links=links if is_pair else None,
    )


def truth_digest(files: TruthFiles) -> str:
    """SHA-256 over these files; empty where there are none.

    Raises:
        SourceError: one of them cannot be read.
    """
    named = [(role, path) for role, path in files._asdict().items() if path is not None]
    total = hashlib.sha256()
    for role, path in named:
        total.update(f"{role}\0{file_digest(path)}\0".encode())
    return total.hexdigest() if named else ""


def file_digest(path: Path) -> str:
    """SHA-256 of a truth file.

    Raises:
        SourceError: it is missing or cannot be read.
    """
    try:
        with path.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError as error:
        raise SourceError(
            f"the truth file {path} cannot be read: {error.strerror}", file=path.name
        ) from error


def _first_of(
    folder: Path, names: tuple[str, ...], suffixes: tuple[str, ...] = SUFFIXES
) -> Path | None:
    """Find the first of these files, plain or packed."""
    paths = (folder / (name + suffix) for name in names for suffix in suffixes)
    try:
        return next((path for path in paths if path.is_file()), None)
    except OSError as error:
        raise SourceError(f"{folder} cannot be read: {error.strerror}") from error
