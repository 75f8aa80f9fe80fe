"""Frames to artifact bytes."""

import io

import numpy as np
import polars as pl
from polars.testing import assert_frame_equal

from worker.artifacts import (
    hash_frame,
    neighbour_arrays,
    neighbour_frame,
    parquet_bytes,
    with_name_key,
)
from worker.etl.schemas import DIRECTORS


def test_neighbours_are_lists_of_ids_in_index_order_without_padding() -> None:
    ids = np.array([30, 10, 20])
    rows = np.array([[2, 1], [0, -1], [-1, -1]], dtype=np.int32)
    scores = np.array([[0.9, 0.8], [0.7, 0], [0, 0]], dtype=np.float32)
    expected = pl.DataFrame(
        {
            "movie_id": [30, 10, 20],
            "neighbour_ids": [[20, 10], [30], []],
            "scores": [[0.9, 0.8], [0.7], []],
        },
        schema={
            "movie_id": pl.Int64,
            "neighbour_ids": pl.List(pl.Int64),
            "scores": pl.List(pl.Float32),
        },
    )
    assert_frame_equal(neighbour_frame(ids, rows, scores), expected)


def test_people_get_the_normalised_name_as_key_in_their_order() -> None:
    people = pl.DataFrame(
        [(1, 5, "Zoë Kravitz"), (1, 6, "AL PACINO"), (2, 5, "Zoë Kravitz")],
        schema=DIRECTORS,
        orient="row",
    )
    keyed = with_name_key(people)
    assert keyed["key"].to_list() == ["zoe kravitz", "al pacino", "zoe kravitz"]
    assert_frame_equal(keyed.drop("key"), people)


def test_a_table_without_people_has_a_key_column_too() -> None:
    assert with_name_key(pl.DataFrame(schema=DIRECTORS)).schema["key"] == pl.String


def test_parquet_bytes_are_the_same_each_time_and_read_back() -> None:
    frame = hash_frame(pl.Series([1, 2]), ["aa", "bb"])
    data = parquet_bytes(frame)
    assert data == parquet_bytes(frame)
    assert_frame_equal(pl.read_parquet(io.BytesIO(data)), frame)


def test_neighbours_come_back_as_they_went() -> None:
    ids = np.array([30, 10, 20])
    rows = np.array([[2, 1], [0, -1], [-1, -1]], dtype=np.int32)
    scores = np.array([[0.9, 0.8], [0.7, 0], [0, 0]], dtype=np.float32)
    back_rows, back_scores = neighbour_arrays(neighbour_frame(ids, rows, scores), 2)
    assert np.array_equal(back_rows, rows)
    assert np.array_equal(back_scores, scores)
