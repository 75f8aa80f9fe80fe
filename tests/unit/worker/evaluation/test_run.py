from pathlib import Path

import numpy as np
import polars as pl
import pytest

from shared.contracts.releases import ArtifactName
from shared.errors import (
    ArtifactNotFoundError,
    IndexNotReadyError,
    ReleaseCorruptError,
    SourceError,
)
from shared.releases.store import ReleaseStore
from tests.factories import artifacts_of, parquet, publish_release, small_catalogue
from tests.unit.worker.evaluation.releases import MOVIES, write_recommendations
from worker.evaluation.material import Material
from worker.evaluation.run import evaluate_live, read_material


def make_artifacts() -> dict[str, bytes]:
    tables = small_catalogue(movies=MOVIES)
    return artifacts_of(*tables)


def test_the_live_release_is_evaluated(store: ReleaseStore, tmp_path: Path) -> None:
    ref = publish_release(store, make_artifacts())
    truth = write_recommendations(tmp_path / "mine.jsonl")
    heard: list[int] = []
    found = evaluate_live(store, tmp_path, truth, 1, lambda done, _: heard.append(done))
    assert (found.release, found.movies) == (ref.label, MOVIES)
    assert [each.name for each in found.truths] == ["T: TMDB recommendations"]
    assert heard == list(range(1, 10))


def test_what_is_read_is_what_was_stored(store: ReleaseStore, material: Material) -> None:
    publish_release(store, make_artifacts())
    found = read_material(store)
    assert found.movies["id"].to_list() == material.movies["id"].to_list()
    assert np.array_equal(found.ranker.index.rows, material.ranker.index.rows)
    rows = found.searcher.similar(5, 10).rows
    assert rows.tolist() == material.searcher.similar(5, 10).rows.tolist()


def test_before_the_first_release_there_is_nothing_to_evaluate(
    store: ReleaseStore, tmp_path: Path
) -> None:
    with pytest.raises(IndexNotReadyError):
        evaluate_live(store, tmp_path, None, 1)


def test_a_release_of_an_older_version_is_refused(store: ReleaseStore) -> None:
    artifacts = make_artifacts()
    del artifacts[ArtifactName.FILTERS]
    publish_release(store, artifacts)
    with pytest.raises(ArtifactNotFoundError, match="filters"):
        read_material(store)


def test_a_table_that_is_none_is_a_corrupt_release(store: ReleaseStore) -> None:
    artifacts = {**make_artifacts(), ArtifactName.FILTERS: b"no table"}
    publish_release(store, artifacts)
    with pytest.raises(ReleaseCorruptError, match="filters"):
        read_material(store)


def test_a_table_without_its_columns_is_a_corrupt_release(store: ReleaseStore) -> None:
    stub = parquet(pl.DataFrame({"id": [1]}))
    publish_release(store, {**make_artifacts(), ArtifactName.FILTERS: stub})
    with pytest.raises(ReleaseCorruptError, match="filters"):
        read_material(store)


def test_a_missing_truth_file_is_said_before_anything_is_read(
    store: ReleaseStore, tmp_path: Path
) -> None:
    with pytest.raises(SourceError, match="missing"):
        evaluate_live(store, tmp_path, tmp_path / "none.jsonl", 1)
