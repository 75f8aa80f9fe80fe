"""Truth sets: films asked about and those that should be near them, as rows of the catalogue.

Reads known recommendations; ratings are read by `worker.evaluation.likes`.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from shared.errors import SourceError
from worker.evaluation.metrics import Lists, Rows

# Fewer known neighbours say little about a list of ten.
LEAST_WANTED: Final = 5


@dataclass(frozen=True, slots=True)
class Truth:
    """Questions with their answers: rows asked with and rows wanted, one array a question.

    `allowed` flags the rows that any way may answer with; None allows all.
    """

    asked: Lists
    wanted: Lists
    allowed: NDArray[np.bool_] | None = None

    def sample(self, most: int, seed: int = 0) -> "Truth":
        """Keep at most `most` questions, drawn by `seed`, in their order."""
        count = len(self.asked)
        if count <= most:
            return self
        drawn = np.random.default_rng(seed).permutation(count)[:most]
        chosen = [int(place) for place in np.sort(drawn)]
        asked, wanted = [self.asked[i] for i in chosen], [self.wanted[i] for i in chosen]
        return Truth(asked, wanted, self.allowed)


class _Film(msgspec.Struct, frozen=True):
    """One line of a file of known recommendations."""

    tmdb_id: int
    recommendations: list[int]


def read_recommendations(path: Path, ids: NDArray[np.int64]) -> Truth:
    """Read lines of `{"tmdb_id", "recommendations"}`, best first; `ids` are the catalogue's.

    Keeps films with at least five wanted ones in the catalogue, in the order of the file; the
    first line of a film counts, and a film is never wanted for itself.

    Raises:
        SourceError: unreadable, a line of another form, or no film of it is in the catalogue.
    """
    row = {int(movie_id): place for place, movie_id in enumerate(ids)}
    known: dict[int, Rows] = {}
    is_known = False
    for film in _films(path):
        seed = row.get(film.tmdb_id)
        if seed is None or seed in known:
            continue
        is_known = True
        wanted = [row[i] for i in dict.fromkeys(film.recommendations) if i in row]
        rows = np.array([place for place in wanted if place != seed], dtype=np.int64)
        if len(rows) >= LEAST_WANTED:
            known[seed] = rows
    if not known:
        lack = "has enough recommendations in it" if is_known else "is in the catalogue"
        raise SourceError(f"{path.name}: no film of it {lack}", file=path.name)
    return Truth([np.array([seed]) for seed in known], list(known.values()))


def _films(path: Path) -> Iterator[_Film]:
    """Decode the lines, blank ones left out."""
    decoder = msgspec.json.Decoder(_Film)
    try:
        with path.open("rb") as file:
            for number, line in enumerate(file, start=1):
                if line.strip():
                    yield _decode(decoder, line, f"{path.name}, line {number}")
    except OSError as error:
        raise SourceError(f"{path.name} cannot be read: {error}", file=path.name) from error


def _decode(decoder: msgspec.json.Decoder[_Film], line: bytes, where: str) -> _Film:
    """Decode one line."""
    try:
        return decoder.decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise SourceError(f"{where}: {error}") from error
