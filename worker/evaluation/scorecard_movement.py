"""How far the neighbours moved against the live release: read what it has, then compare."""

import io
from typing import NamedTuple

import msgspec
import numpy as np
import polars as pl
from numpy.typing import NDArray

from shared.contracts.releases import ArtifactName, Manifest
from shared.contracts.scorecards import Movement, ScoreCard
from shared.decoding import decode_json
from shared.errors import ReleaseCorruptError
from shared.releases.store import ReleaseStore
from shared.telemetry import log
from worker.evaluation.metrics import DEPTH


class Stored(NamedTuple):
    """The neighbours of a stored release: movie ids (m,), neighbour ids (m, 10), -1 for none."""

    release: int
    ids: NDArray[np.int64]
    neighbours: NDArray[np.int64]


def read_neighbours(store: ReleaseStore, manifest: Manifest) -> Stored | None:
    """Return the first neighbours that a release holds; None where they cannot be read."""
    try:
        data = store.artifact(manifest, ArtifactName.NEIGHBOURS)
        table = pl.read_parquet(io.BytesIO(data), columns=["movie_id", "neighbour_ids"])
        return Stored(manifest.number, table["movie_id"].to_numpy(), _first_ids(table))
    except (ReleaseCorruptError, pl.exceptions.PolarsError) as error:
        log().warning("neighbours_not_compared", reason=str(error))
        return None


def read_card(store: ReleaseStore, manifest: Manifest) -> ScoreCard | None:
    """Return the score card of a release; None where there is none or it cannot be read."""
    if ArtifactName.SCORECARD not in manifest.artifacts:
        return None
    try:
        data = store.artifact(manifest, ArtifactName.SCORECARD)
        return decode_json(data, ScoreCard)
    except (ReleaseCorruptError, msgspec.DecodeError) as error:
        log().warning("scorecard_not_compared", reason=str(error))
        return None


def measure_movement(
    ids: NDArray[np.int64], rows: NDArray[np.int32], before: Stored
) -> Movement | None:
    """Compare neighbours, (n, k) rows that end in -1, with those before; None if none can be.

    Movies are compared by id; one that has no neighbours in either release is left out.
    """
    _, own, theirs = np.intersect1d(ids, before.ids, return_indices=True)
    first = rows[own, :DEPTH]
    after = np.where(first >= 0, ids[first], -1)
    earlier = before.neighbours[theirs]
    lengths = np.maximum((after >= 0).sum(axis=1), (earlier >= 0).sum(axis=1))
    compared = lengths > 0
    if not compared.any():
        return None
    kept = (after[:, :, None] == earlier[:, None, :]) & (after[:, :, None] >= 0)
    overlap = kept.any(axis=2).sum(axis=1)[compared] / lengths[compared]
    return Movement(
        release=before.release,
        movies=int(compared.sum()),
        overlap_at_10=round(float(overlap.mean()), 4),
        same_first=round(float((after[compared, 0] == earlier[compared, 0]).mean()), 4),
    )


def _first_ids(table: pl.DataFrame) -> NDArray[np.int64]:
    """The first neighbours of each movie, (m, 10), -1 where there are fewer."""
    heads = table["neighbour_ids"].list.head(DEPTH)
    present = np.arange(DEPTH) < heads.list.len().to_numpy()[:, None]
    ids = np.full(present.shape, -1, dtype=np.int64)
    ids[present] = heads.explode().drop_nulls().to_numpy()
    return ids
