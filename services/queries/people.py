"""People by name, however it is typed: a prepared table and the names nearest to a wrong one."""

from collections.abc import Iterator
from typing import Any, Final

import polars as pl
from rapidfuzz import fuzz, process

from shared.errors import PersonNotFoundError
from shared.text import normalise

SUGGESTION_CUTOFF: Final = 70.0
# A search holds the interpreter's lock: between two pieces, requests are answered.
_PIECE: Final = 10_000


class PeopleTable:
    """Immutable map from a name to a row of a table with the columns `key` and `name`."""

    def __init__(self, frame: pl.DataFrame, kind: str) -> None:
        """Take the table; `kind` names its people in messages, in Spanish."""
        self._frame = frame
        self._kind = kind
        self._keys: list[str] = frame["key"].to_list()
        self._rows = {key: row for row, key in enumerate(self._keys)}

    def __len__(self) -> int:
        """Return the number of people."""
        return len(self._keys)

    def find(self, name: str) -> dict[str, Any] | None:
        """Return the row of a person, or None."""
        row = self._rows.get(normalise(name))
        return None if row is None else self._frame.row(row, named=True)

    def not_found(self, name: str) -> PersonNotFoundError:
        """Make the error that suggests other names; tens of milliseconds of work."""
        return PersonNotFoundError(
            f"No hay {self._kind} llamado «{name}» en el catálogo.",
            suggestions=self.suggest(name),
        )

    def suggest(self, name: str, limit: int = 5) -> list[str]:
        """Return names that hold every word, most successful first, then the nearest ones."""
        key = normalise(name)
        near = sorted(self._nearest(key, limit), key=lambda pair: (-pair[0], pair[1]))
        keys = dict.fromkeys([*self._holding(key), *(found for _, found in near)])
        names = self._frame["name"]
        return [names[self._rows[found]] for found in list(keys)[:limit]]

    def _holding(self, key: str) -> list[str]:
        """Names that hold every word of `key`."""
        words = set(key.split())
        if not words:
            return []
        longest = max(words, key=len)
        some = (name for name in self._keys if longest in name)
        held = [name for name in some if words <= set(name.split())]
        success = self._frame["success"]
        return sorted(held, key=lambda name: (-success[self._rows[name]], name))

    def _nearest(self, key: str, limit: int) -> Iterator[tuple[int, str]]:
        """Yield the nearest of each piece."""
        for start in range(0, len(self._keys), _PIECE):
            piece = self._keys[start : start + _PIECE]
            found = process.extract(
                key, piece, scorer=fuzz.ratio, score_cutoff=SUGGESTION_CUTOFF, limit=limit
            )
            yield from ((round(score), near) for near, score, _ in found)
