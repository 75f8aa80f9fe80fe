"""Loaded releases of small catalogues, and an encoder that knows one text."""

from collections.abc import Sequence
from functools import cache
from typing import NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

from services.recommender.bridge import Bridge, Crossing
from services.recommender.encoder import QueryEncoder
from services.recommender.index import Neighbourhood, load_neighbourhood
from shared.encoder import Encoder, Progress
from tests.factories import artifacts_of, manifest_of, varied_catalogue

Tables = tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]


class Loaded(NamedTuple):
    tables: Tables
    neighbourhood: Neighbourhood


def load(tables: Tables, *, without: Sequence[str] = ()) -> Neighbourhood:
    artifacts = artifacts_of(*tables)
    kept = {name: data for name, data in artifacts.items() if name not in without}
    return load_neighbourhood(manifest_of(kept), kept)


@cache
def varied(movies: int = 120) -> Loaded:
    tables = varied_catalogue(movies)
    return Loaded(tables, load(tables))


class OneVector:
    """Encodes every text to the same vector, and counts."""

    dims = 384

    def __init__(self, vector: NDArray[np.float32]) -> None:
        self.vector = vector
        self.calls = 0

    def encode(
        self,
        texts: Sequence[str],
        on_progress: Progress | None = None,  # noqa: ARG002  # as the protocol has it
    ) -> NDArray[np.float32]:
        self.calls += 1
        return np.tile(self.vector, (len(texts), 1))


class Places:
    """Encodes the texts that it knows to the vectors that it was given."""

    def __init__(self, places: dict[str, list[float]]) -> None:
        self.dims = len(next(iter(places.values())))
        self._places = places

    def encode(
        self,
        texts: Sequence[str],
        on_progress: Progress | None = None,  # noqa: ARG002  # as the protocol has it
    ) -> NDArray[np.float32]:
        return np.array([self._places[text] for text in texts], dtype=np.float32)


class FixedBridge(Bridge):
    """Takes every text to one place, marks its words, and breaks when told to."""

    def __init__(self, vector: list[float]) -> None:
        self._vector = np.array(vector, dtype=np.float32)
        self.is_broken = False

    def cross(self, text: str) -> Crossing:
        if self.is_broken:
            raise OSError(text)
        return Crossing(self._vector, lambda words: [f"<{word}>" for word in words])


def encoder_of(encoder: Encoder) -> QueryEncoder:
    loaded = QueryEncoder(lambda: encoder)
    loaded.load()
    return loaded
