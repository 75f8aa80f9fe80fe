"""Reads the live release and evaluates it."""

import io
from collections.abc import Callable
from pathlib import Path
from typing import Final, TypeVar

import polars as pl

from shared.contracts.evaluation import Evaluation
from shared.contracts.releases import ArtifactName, Manifest
from shared.errors import ArtifactNotFoundError, IndexNotReadyError, ReleaseCorruptError
from shared.filters import FilterTable
from shared.ranking.features import RankingTable
from shared.ranking.model import load_model
from shared.ranking.rank import Ranker
from shared.ranking.search import Search
from shared.releases.store import ReleaseStore
from worker.evaluation.evaluate import Progress, evaluate
from worker.evaluation.material import Material
from worker.evaluation.truth_files import find_truth
from worker.index.build import read_index

T = TypeVar("T")
_COLUMNS: Final = ["id", "overview", "vote_count", "belongs_to_collection"]


def evaluate_live(
    store: ReleaseStore,
    folder: Path,
    truth_file: Path | None,
    threads: int,
    on_progress: Progress | None = None,
) -> Evaluation:
    """Evaluate the live release with the truth sets of `folder` and `truth_file`.

    Raises:
        IndexNotReadyError: nothing has been published yet.
        ReleaseCorruptError: the release, or what an evaluation needs of it, is not there.
        SourceError: a file of a truth set cannot be used.
    """
    files = find_truth(folder, truth_file)
    material = read_material(store)
    return evaluate(material, files, threads=threads, on_progress=on_progress)


def read_material(store: ReleaseStore) -> Material:
    """Load the live release.

    Raises:
        IndexNotReadyError: nothing has been published yet.
        ReleaseCorruptError: an artifact is missing or altered.
    """
    ref = store.live()
    if ref is None:
        raise IndexNotReadyError("no release has been published yet")
    manifest = store.manifest(ref)
    index = read_index(memoryview(store.artifact(manifest, ArtifactName.INDEX)))
    table = _read(store, manifest, ArtifactName.RANKING, RankingTable.from_frame)
    ranker = Ranker(index, table, load_model())
    return Material(
        release=ref.label,
        movies=_read(store, manifest, ArtifactName.MOVIES, lambda frame: frame.select(_COLUMNS)),
        filters=_read(store, manifest, ArtifactName.FILTERS, FilterTable),
        ranker=ranker,
        searcher=Search(ranker),
    )


def _read(
    store: ReleaseStore, manifest: Manifest, name: str, load: Callable[[pl.DataFrame], T]
) -> T:
    """Load one table of the release."""
    if name not in manifest.artifacts:
        raise ArtifactNotFoundError(
            f"release {manifest.number} has no {name}: an older version built it"
        )
    data = store.artifact(manifest, name)
    try:
        return load(pl.read_parquet(io.BytesIO(data)))
    except pl.exceptions.PolarsError as error:
        raise ReleaseCorruptError(
            f"release {manifest.number}, {name}: not the table it should be"
        ) from error
