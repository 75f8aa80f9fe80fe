"""Which texts have vectors already: only what changed is encoded again."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray


class Reuse(NamedTuple):
    """What is known and what is missing.

    `vectors` is (n, d) float32 with the known rows filled in; `missing` holds, for each text to
    encode, the rows that have it, first row first.
    """

    vectors: NDArray[np.float32]
    missing: list[list[int]]

    @property
    def to_encode(self) -> list[int]:
        """One row for each text to encode."""
        return [rows[0] for rows in self.missing]

    def merge(self, encoded: NDArray[np.float32]) -> NDArray[np.float32]:
        """Fill in the vectors of `to_encode`, in its order; return all of them, (n, d)."""
        for rows, vector in zip(self.missing, encoded, strict=True):
            self.vectors[rows] = vector
        return self.vectors


def plan_reuse(
    hashes: Sequence[str],
    dims: int,
    known_hashes: Sequence[str] = (),
    known_vectors: NDArray[np.float32] | None = None,
) -> Reuse:
    """Take over the vectors of texts whose hash is known; equal texts are encoded once.

    `known_vectors` is (m, dims), its rows those of `known_hashes`; with another number of
    dimensions nothing is known.
    """
    vectors = np.zeros((len(hashes), dims), dtype=np.float32)
    known: dict[str, int] = {}
    if known_vectors is not None and known_vectors.shape == (len(known_hashes), dims):
        known = {text_hash: row for row, text_hash in enumerate(known_hashes)}
    missing: dict[str, list[int]] = {}
    for row, text_hash in enumerate(hashes):
        if known_vectors is not None and text_hash in known:
            vectors[row] = known_vectors[known[text_hash]]
        else:
            missing.setdefault(text_hash, []).append(row)
    return Reuse(vectors, list(missing.values()))
