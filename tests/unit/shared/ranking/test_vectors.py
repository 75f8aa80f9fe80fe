"""Reading an index: only a flat inner-product index of our layout is taken."""

import faiss
import numpy as np
import pytest

from shared.errors import ReleaseCorruptError
from shared.ranking.vectors import (
    CLOSENESS_DIMS,
    TEXT_DIMS,
    FlatIndex,
    build_flat,
    flat_bytes,
    read_flat,
    unit_rows,
)

LEAST = TEXT_DIMS + CLOSENESS_DIMS


def rows(count: int, dims: int = LEAST) -> np.ndarray:
    return unit_rows(np.random.default_rng(0).standard_normal((count, dims)))


def serialised(index: object) -> bytes:
    return bytes(faiss.serialize_index(index))


def test_what_was_written_is_read() -> None:
    index = read_flat(flat_bytes(build_flat(rows(5))))
    assert (index.size, index.dims) == (5, LEAST)
    np.testing.assert_array_equal(index.rows, rows(5))
    assert index.text.shape == (5, TEXT_DIMS)


def test_an_index_without_rows_is_read_as_empty() -> None:
    index = read_flat(serialised(faiss.IndexFlatIP(LEAST)))
    assert (index.size, index.rows.shape) == (0, (0, LEAST))


def test_a_search_for_more_than_there_are_ends_in_none() -> None:
    index: FlatIndex = build_flat(rows(3))
    allowed = np.array([True, False, True])
    found = index.search(rows(1), 4, allowed=allowed)
    assert sorted(found[0].tolist()) == [-1, -1, 0, 2]


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"IxFI and nothing else", "cannot be read"),
        (serialised(faiss.IndexFlatL2(LEAST)), "not a flat inner-product index"),
        (serialised(faiss.IndexHNSWFlat(LEAST, 4)), "not a flat inner-product index"),
        (serialised(faiss.IndexFlatIP(LEAST - 1)), "431 dimensions, too few"),
    ],
)
def test_another_index_is_refused(data: bytes, words: str) -> None:
    with pytest.raises(ReleaseCorruptError, match=words):
        read_flat(data)
