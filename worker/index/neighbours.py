"""The best neighbours of every movie, precomputed with the ranking that also answers live."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Final

import numpy as np
from numpy.typing import NDArray

from shared.ranking.rank import Ranker

# Stored for each movie.
STORED: Final = 50
# Enough queries for FAISS to multiply matrices, few enough to report progress.
_BLOCK_ROWS = 256


def all_neighbours(
    ranker: Ranker,
    *,
    limit: int = STORED,
    threads: int = 2,
    on_progress: Callable[[int, int], None] | None = None,
) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
    """Return rows (n, limit) int32 and scores (n, limit) float32, best first.

    Equal to `ranker.neighbours` of each row, to the bit. Where a catalogue has fewer movies,
    rows end in -1 and scores in 0. `on_progress(done, total)` is called after each block.
    """
    size = ranker.index.size
    rows = np.full((size, limit), -1, dtype=np.int32)
    scores = np.zeros((size, limit), dtype=np.float32)

    def rank_block(block: range) -> int:
        proposed = ranker.propose(np.arange(block.start, block.stop))
        for row, found in zip(block, proposed, strict=True):
            best = ranker.rank(row, ranker.candidates(row, found), limit)
            rows[row, : len(best.rows)] = best.rows
            scores[row, : len(best.rows)] = best.scores
        return len(block)

    done = 0
    with ThreadPoolExecutor(threads) as pool:
        for count in pool.map(rank_block, _blocks(size)):
            done += count
            if on_progress is not None:
                on_progress(done, size)
    return rows, scores


def _blocks(size: int) -> Iterator[range]:
    """Cut the rows into blocks."""
    for start in range(0, size, _BLOCK_ROWS):
        yield range(start, min(start + _BLOCK_ROWS, size))
