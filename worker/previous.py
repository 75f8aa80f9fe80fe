"""What a build takes over from the live release, and what it compares itself with."""

import io
from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

from shared.contracts.releases import ArtifactName, Manifest, Source, VectorSpace
from shared.encoder import DIMS, DTYPE, MODEL_ID, MODEL_SHA256
from shared.errors import ReleaseCorruptError
from shared.ranking.vectors import METRIC
from shared.releases.manifest import Buffer
from shared.releases.store import ReleaseStore
from shared.telemetry import log
from worker.artifacts import Ranked, ranked_from_bytes
from worker.code import encoder_code
from worker.eda.comparison import Previous, Tables
from worker.embedding.structured import DIMS as STRUCTURED_DIMS
from worker.etl.schemas import CAST, DIRECTORS, MOVIES, check_schema
from worker.etl.sources import SourceFile
from worker.index.build import read_index
from worker.index.neighbours import STORED

_TABLES: Final = {
    ArtifactName.MOVIES: MOVIES,
    ArtifactName.CAST: CAST,
    ArtifactName.DIRECTORS: DIRECTORS,
}
RANKED: Final = (ArtifactName.INDEX, ArtifactName.NEIGHBOURS, ArtifactName.TEXT_HASHES)


class KnownVectors(NamedTuple):
    """Text vectors of the live release, (m, 384) float32, and the hash of each text."""

    hashes: list[str]
    vectors: NDArray[np.float32]


def read_vectors(store: ReleaseStore, manifest: Manifest) -> KnownVectors | None:
    """Return the text vectors of a release where ours would be the same; None elsewhere."""
    if _of_texts(manifest.vectors) != _of_texts(vector_space("")):
        return None
    try:
        index = read_index(memoryview(store.artifact(manifest, ArtifactName.INDEX)))
        table = _read(store, manifest, ArtifactName.TEXT_HASHES)
        hashes: list[str] = table["sha256"].to_list()
    except (ReleaseCorruptError, pl.exceptions.PolarsError) as error:
        log().warning("vectors_not_reused", reason=str(error))
        return None
    # A copy: the view dies with the index.
    return KnownVectors(hashes, index.text.copy()) if len(hashes) == index.size else None


def read_ranked(store: ReleaseStore, manifest: Manifest, key: str) -> Ranked | None:
    """Return index and neighbours of a release where a build would make the same ones."""
    if manifest.vectors_key != key:
        return None
    try:
        data: dict[ArtifactName, Buffer] = {
            name: store.artifact(manifest, name) for name in RANKED
        }
        return ranked_from_bytes(data, STORED)
    except (ReleaseCorruptError, pl.exceptions.PolarsError) as error:
        log().warning("vectors_not_reused", reason=str(error))
        return None


def read_previous(
    store: ReleaseStore, manifest: Manifest, sources: Sequence[SourceFile]
) -> Previous | None:
    """Return what a new release is compared with; None where it cannot be read."""
    try:
        tables = Tables(
            *(
                check_schema(_read(store, manifest, name).select(list(schema)), schema)
                for name, schema in _TABLES.items()
            )
        )
    except (ReleaseCorruptError, pl.exceptions.PolarsError) as error:
        log().warning("previous_release_not_compared", reason=str(error))
        return None
    return Previous(manifest.number, tables, _changed_files(manifest.sources, sources))


def vector_space(ranking: str) -> VectorSpace:
    """Say how the vectors of a new release are made."""
    return VectorSpace(
        model_id=MODEL_ID,
        model_sha256=MODEL_SHA256,
        dtype=DTYPE,
        metric=METRIC,
        text_dims=DIMS,
        structured_dims=STRUCTURED_DIMS,
        ranking=ranking,
        encoder=encoder_code(),
    )


def _of_texts(space: VectorSpace) -> tuple[str | int, ...]:
    """What decides about the vector of a text."""
    return space.model_id, space.model_sha256, space.dtype, space.text_dims, space.encoder


def _changed_files(before: Sequence[Source], after: Sequence[SourceFile]) -> list[str]:
    """Names of the files that are new, differ or are gone."""
    old = {source.name: source for source in before}
    changed = [
        file.path.name
        for file in after
        if file.name not in old or old[file.name].sha256 != file.sha256
    ]
    gone = old.keys() - {file.name for file in after}
    return changed + sorted(old[name].file for name in gone)


def _read(store: ReleaseStore, manifest: Manifest, name: str) -> pl.DataFrame:
    """Read one table of a release."""
    return pl.read_parquet(io.BytesIO(store.artifact(manifest, name)))
