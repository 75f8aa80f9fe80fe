"""Truth sets for the score card: looked at before a build does any work, measured at its end."""

import hashlib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final, NamedTuple

import msgspec
import numpy as np
import polars as pl
from numpy.typing import NDArray

from shared.contracts.scorecards import TruthMetrics
from shared.errors import SourceError
from shared.telemetry import log
from worker.evaluation.likes import read_likes
from worker.evaluation.metrics import Lists, Rows, hit_at_5, ndcg_at_10, recall_at_10
from worker.evaluation.protocols import Protocol, co_likes, known_recommendations
from worker.evaluation.truth import read_recommendations
from worker.evaluation.truth_files import TruthFiles, file_digest

Ids = NDArray[np.int64]
# Enough for figures that hold still from build to build, few enough for a step of seconds.
MOST_USERS: Final = 5000


class TruthSet(NamedTuple):
    """A truth set whose files are sound; `read` takes the ids of the catalogue."""

    sha256: str
    read: Callable[[Ids], Protocol]


class _Line(msgspec.Struct, frozen=True):
    """What a line of known recommendations must have."""

    tmdb_id: int
    recommendations: list[int]


def read_truth_sets(found: TruthFiles) -> list[TruthSet]:
    """Check that the files of the truth sets are sound, whatever the catalogue.

    Raises:
        SourceError: a file is not what it should be.
    """
    sets: list[TruthSet] = []
    if found.recommendations is not None:
        sets.append(_recommendations(found.recommendations))
    if found.ratings is not None and found.links is not None:
        sets.append(_ratings(found.ratings, found.links))
    return sets


def measure_truth(
    sets: Sequence[TruthSet], ids: Ids, rows: NDArray[np.int32]
) -> list[TruthMetrics]:
    """Measure stored neighbours, (n, k) rows that end in -1, by each set that fits the catalogue.

    `ids` are those of the movies, (n,). A set without films of the catalogue is left out.
    """
    measured = (_measure(each, ids, rows) for each in sets)
    return [metrics for metrics in measured if metrics is not None]


def _measure(found: TruthSet, ids: Ids, rows: NDArray[np.int32]) -> TruthMetrics | None:
    try:
        protocol = found.read(ids)
    except SourceError as error:
        log().warning("truth_not_used", reason=error.message)
        return None
    truth = protocol.truth
    if not len(truth.asked):
        return None
    lists = [_stored(rows, asked, truth.allowed) for asked in truth.asked]
    return TruthMetrics(
        name=f"{protocol.name} (stored neighbours)",
        sha256=found.sha256,
        seeds=len(lists),
        hit_at_5=_mean(hit_at_5, lists, truth.wanted),
        ndcg_at_10=_mean(ndcg_at_10, lists, truth.wanted),
        recall_at_10=_mean(recall_at_10, lists, truth.wanted),
    )


def _stored(
    rows: NDArray[np.int32], asked: Rows, allowed: NDArray[np.bool_] | None
) -> NDArray[np.int32]:
    """Stored neighbours of the one film asked about that the truth set knows."""
    own: NDArray[np.int32] = rows[int(asked[0])]
    stored: NDArray[np.int32] = own[own >= 0]
    return stored if allowed is None else stored[allowed[stored]]


def _mean(
    metric: Callable[[Lists, Lists], NDArray[np.float64]], lists: Lists, wanted: Lists
) -> float:
    return round(float(metric(lists, wanted).mean()), 4)


def _recommendations(path: Path) -> TruthSet:
    """Known recommendations; every line is decoded."""
    decoder = msgspec.json.Decoder(_Line)
    digest = file_digest(path)
    for number, line in enumerate(path.read_bytes().splitlines(), start=1):
        try:
            if line.strip():
                decoder.decode(line)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise SourceError(f"{path.name}, line {number}: {error}", file=path.name) from error

    def read(ids: Ids) -> Protocol:
        return known_recommendations(read_recommendations(path, ids))

    return TruthSet(digest, read)


def _ratings(ratings: Path, links: Path) -> TruthSet:
    """Likes; both files are read to their end."""
    digests = f"{file_digest(ratings)} {file_digest(links)}"
    read_likes(ratings, links, _linked_ids(links), MOST_USERS)

    def read(ids: Ids) -> Protocol:
        return co_likes(read_likes(ratings, links, ids, MOST_USERS))

    return TruthSet(hashlib.sha256(digests.encode()).hexdigest(), read)


def _linked_ids(links: Path) -> Ids:
    """Every movie that the links name: a catalogue that fits. Faults are left to the reader."""
    try:
        column = pl.scan_csv(links, infer_schema=False).select("tmdbId").collect()["tmdbId"]
    except (pl.exceptions.PolarsError, OSError):
        return np.empty(0, dtype=np.int64)
    return column.cast(pl.Int64, strict=False).drop_nulls().unique().to_numpy()
