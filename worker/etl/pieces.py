"""A file as pieces of whole records, each small enough to be held in memory.

Where a record ends is known by counting quotes, which is right for a well-formed file. A piece
of any other is read by `worker.etl.records`, which may take more lines than the piece has and
puts back those it did not need: the next piece begins at a record again.
"""

from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from shared.errors import SourceError

# Larger pieces gain nothing: tests/bench/bench_scale.py.
PIECE_BYTES: Final = 64 * 1024**2
# A line of more bytes is no line of a table.
MAX_LINE_BYTES: Final = 256 * 1024**2
# Bytes compared at once: stays in the processor's cache.
_BLOCK_BYTES: Final = 256 * 1024
QUOTE: Final = ord('"')
NEWLINE: Final = ord("\n")
_RETURN: Final = ord("\r")


class Position(NamedTuple):
    """The number of a data record, and the physical line on which it starts; both from 1."""

    record: int
    line: int


class Piece(NamedTuple):
    """Some whole lines of a file, and the places of the quotes in them."""

    data: bytes
    quotes: NDArray[np.int64]

    def is_well_formed(self) -> bool:
        """Whether every quote opens, closes or doubles, and no carriage return is astray.

        Then all readers agree on what the records are.
        """
        if len(self.quotes) % 2:
            return False
        text = np.frombuffer(self.data, np.uint8)
        # A quote at the very beginning finds the last byte before it: a line end, as it should.
        before, after = text[self.quotes[::2] - 1], text[self.quotes[1::2] + 1]
        are_paired = np.isin(before, _BEFORE).all() and np.isin(after, _AFTER).all()
        return bool(are_paired) and not self._has_stray_return(text)

    def count_lines(self) -> int:
        """Count the line ends."""
        text = np.frombuffer(self.data, np.uint8)
        blocks = range(0, len(text), _BLOCK_BYTES)
        return sum(int(np.count_nonzero(text[at : at + _BLOCK_BYTES] == NEWLINE)) for at in blocks)

    def _has_stray_return(self, text: NDArray[np.uint8]) -> bool:
        """Whether a carriage return stands alone outside the quoted cells."""
        returns = find_byte(self.data, _RETURN, 0, len(text)) if b"\r" in self.data else _NOWHERE
        alone = returns[text[returns + 1] != NEWLINE]
        return bool((np.searchsorted(self.quotes, alone) % 2 == 0).any())


_NOWHERE: Final = np.empty(0, np.int64)
_BEFORE: Final = np.frombuffer(b',\n"', np.uint8)
_AFTER: Final = np.frombuffer(b',\n\r"', np.uint8)


class Feed:
    """The unread rest of a file, taken piece by piece or line by line.

    Every line ends with a newline, also the last.
    """

    def __init__(self, file: str, chunks: Iterator[bytes], piece_bytes: int) -> None:
        """Begin at the first byte; pieces have `piece_bytes` at most, or one line if larger."""
        self._file = file
        self._chunks = chunks
        self._piece_bytes = piece_bytes
        self._held = b""
        self._at = 0
        self._is_ended = False

    def take_piece(self) -> Piece | None:
        """Take the next whole records; None at the end."""
        size_bytes = self._piece_bytes
        while True:
            self._fill(size_bytes)
            held, start = self._held, self._at
            stop = min(start + size_bytes, len(held))
            quotes = find_byte(held, QUOTE, start, stop)
            is_last = self._is_ended and stop == len(held)
            end = stop if is_last else find_record_end(held, quotes, start, stop)
            # Where no record ends, a quote was likely never closed: one line by itself.
            end = end or held.find(b"\n", start, stop) + 1
            if end > start:
                self._at = end
                inside = quotes[: np.searchsorted(quotes, end)]
                return Piece(held[start:end], inside - start)
            if is_last:
                return None
            self._check_line(size_bytes)
            size_bytes += self._piece_bytes

    def take_line(self) -> bytes:
        """Take the next line; empty at the end."""
        while not (end := self._held.find(b"\n", self._at) + 1):
            held_bytes = len(self._held) - self._at
            if self._is_ended:
                return b""
            self._check_line(held_bytes)
            self._fill(held_bytes + 1)
        line = self._held[self._at : end]
        self._at = end
        return line

    def put_back(self, lines: Sequence[bytes]) -> None:
        """Return lines that were taken, to be read again next."""
        if lines:
            self._held = b"".join((*lines, self._held[self._at :]))
            self._at = 0

    def _fill(self, size_bytes: int) -> None:
        """Hold so many unread bytes, or all that are left."""
        held_bytes = len(self._held) - self._at
        if held_bytes >= size_bytes or self._is_ended:
            return
        held = [self._held[self._at :]]
        while held_bytes < size_bytes:
            chunk = next(self._chunks, None)
            if chunk is None:
                self._is_ended = True
                # Polars takes a last record without its line end for complete even in a quote.
                if held_bytes and not held[-1].endswith(b"\n"):
                    held.append(b"\n")
                break
            if chunk:
                held.append(chunk)
                held_bytes += len(chunk)
        self._held, self._at = b"".join(held), 0

    def _check_line(self, size_bytes: int) -> None:
        if size_bytes > MAX_LINE_BYTES:
            raise SourceError(
                f"{self._file}: a line of more than {MAX_LINE_BYTES:,} bytes: this is no CSV file",
                file=self._file,
            )


def find_byte(data: bytes, byte: int, start: int, stop: int) -> NDArray[np.int64]:
    """Places of a byte in `data[start:stop]`, ascending."""
    text = np.frombuffer(data, np.uint8)
    places = [
        np.flatnonzero(text[at : min(at + _BLOCK_BYTES, stop)] == byte) + at
        for at in range(start, stop, _BLOCK_BYTES)
    ]
    return np.concatenate(places) if places else _NOWHERE


def find_record_end(data: bytes, quotes: NDArray[np.int64], start: int, stop: int) -> int:
    """Where the last line of `data[start:stop]` ends that lies outside all quotes; 0 if none."""
    end = int(quotes[-1]) if len(quotes) % 2 else stop
    # Backwards from gap to gap between the quoted cells.
    for gap in range(len(quotes) // 2 * 2, -1, -2):
        begin = int(quotes[gap - 1]) + 1 if gap else start
        if found := data.rfind(b"\n", begin, end) + 1:
            return found
        end = int(quotes[gap - 2]) if gap else start
    return 0
