"""How far neighbours moved: by id, over the films of both releases, whatever cannot be read."""

import msgspec
import numpy as np
import pytest

from shared.contracts.releases import ArtifactName
from shared.contracts.scorecards import Movement
from shared.releases.store import ReleaseStore
from tests.factories import artifacts_of, publish_release, read_table, small_catalogue
from worker.artifacts import neighbour_arrays
from worker.evaluation.scorecard_movement import (
    Stored,
    measure_movement,
    read_card,
    read_neighbours,
)


def stored(neighbours: dict[int, list[int]]) -> Stored:
    ids = np.full((len(neighbours), 10), -1, dtype=np.int64)
    for place, found in enumerate(neighbours.values()):
        ids[place, : len(found)] = found
    return Stored(7, np.array(list(neighbours), dtype=np.int64), ids)


def test_movies_are_compared_by_id_and_only_where_both_have_them() -> None:
    ids = np.array([30, 10, 20, 99], dtype=np.int64)
    rows = np.array([[1, 2], [2, 0], [0, 1], [0, 1]], dtype=np.int32)  # as ids: 10 20 / 20 30 / …
    before = stored({10: [30, 20], 20: [30, 55], 30: [10, 20], 44: [10]})
    # 10: both kept, another first; 20: one of two kept, the same first; 30: unchanged.
    assert measure_movement(ids, rows, before) == Movement(
        release=7, movies=3, overlap_at_10=round((1 + 0.5 + 1) / 3, 4), same_first=0.6667
    )


def test_lists_of_different_lengths_are_compared_with_the_longer_one() -> None:
    ids = np.array([1, 2, 3], dtype=np.int64)
    rows = np.array([[1, 2], [-1, -1], [-1, -1]], dtype=np.int32)
    moved = measure_movement(ids, rows, stored({1: [2], 2: [], 3: [1]}))
    assert moved == Movement(release=7, movies=2, overlap_at_10=0.25, same_first=0.5)


def test_without_a_common_movie_nothing_is_said() -> None:
    ids, rows = np.array([1, 2]), np.array([[1], [0]], dtype=np.int32)
    assert measure_movement(ids, rows, stored({8: [9]})) is None
    assert measure_movement(ids, rows, stored({})) is None


def test_a_stored_release_did_not_move_against_itself(store: ReleaseStore) -> None:
    artifacts = artifacts_of(*small_catalogue(movies=8))
    manifest = store.manifest(publish_release(store, artifacts))
    before = read_neighbours(store, manifest)
    assert before is not None
    rows, _ = neighbour_arrays(read_table(artifacts, ArtifactName.NEIGHBOURS), 50)
    assert measure_movement(before.ids, rows, before) == Movement(
        release=manifest.number, movies=8, overlap_at_10=1.0, same_first=1.0
    )


@pytest.mark.parametrize("data", [None, b"not what it should be"])
def test_what_cannot_be_read_is_nothing_to_compare_with(
    store: ReleaseStore, data: bytes | None
) -> None:
    manifest = store.manifest(publish_release(store, artifacts_of(*small_catalogue(movies=8))))
    names = (ArtifactName.NEIGHBOURS, ArtifactName.SCORECARD)
    held = {} if data is None else {str(name): store.upload(data) for name in names}
    broken = msgspec.structs.replace(manifest, artifacts=held)
    assert read_neighbours(store, broken) is None
    assert read_card(store, broken) is None
