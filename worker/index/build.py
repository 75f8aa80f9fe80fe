"""Vectors to index: the blocks side by side, and the bytes a release carries."""

import numpy as np
from numpy.typing import NDArray

from shared.ranking.vectors import FlatIndex, build_flat, flat_bytes, read_flat

__all__ = ["build_index", "index_bytes", "read_index"]


def build_index(
    text: NDArray[np.float32], structured: NDArray[np.float32], closeness: NDArray[np.float32]
) -> FlatIndex:
    """Join the blocks of each movie, (n, 384), (n, s) and (n, 48), into an exact index."""
    return build_flat(np.hstack([text, structured, closeness]))


def index_bytes(index: FlatIndex) -> bytes:
    """Serialise an index."""
    return flat_bytes(index)


def read_index(data: bytes | memoryview) -> FlatIndex:
    """Read an index back; the digest of `data` must have been checked before.

    Raises:
        ReleaseCorruptError: not an index of this product.
    """
    return read_flat(data)
