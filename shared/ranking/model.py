"""The additive ranking model: named curves whose values add up to a raw score.

The weights are data, `weights.json` beside this module, with the run that learned them.
"""

from collections.abc import Mapping
from importlib.resources import files
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from shared.decoding import decode_json
from shared.errors import ModelError

WEIGHTS_FILE = "weights.json"
SCORE_DECIMALS = 4
RAW_DECIMALS = 6


class Curve(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A function of one input: straight between its knots, level beyond them, 0 where unknown."""

    knots: list[float]
    values: list[float]

    def __call__(self, inputs: NDArray[Any]) -> NDArray[np.float64]:
        """Value at each input, 0 for NaN; float64."""
        values: NDArray[np.float64] = np.nan_to_num(np.interp(inputs, self.knots, self.values))
        return values


class GenreWeight(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What it is worth that both movies have a genre, or one of them alone."""

    both: float
    one: float


class LearningRun(msgspec.Struct, frozen=True):
    """Where the weights come from."""

    date: str
    data: str
    protocol: str
    command: str
    metrics: dict[str, float]


class RankingModel(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Weights of retrieval and ranking.

    `retrieval` weighs the blocks of a vector in the query (see `shared.ranking.vectors`);
    `candidates` is how many of the nearest vectors are ranked. A curve is named after its input;
    the part before the dot is the contribution it belongs to.
    """

    version: str
    retrieval: dict[str, float]
    candidates: int
    intercept: float
    curves: dict[str, Curve]
    genres: dict[int, GenreWeight]
    run: LearningRun

    def contributions(
        self, inputs: Mapping[str, NDArray[Any]], genres: NDArray[np.float64]
    ) -> dict[str, NDArray[np.float64]]:
        """Named parts of the raw score, (k,) each; with the intercept they add up to it.

        `genres` is what the genre weights give for each pair.
        """
        parts: dict[str, NDArray[np.float64]] = {"genres": genres}
        for name, curve in self.curves.items():
            group = name.partition(".")[0]
            value = curve(inputs[name])
            parts[group] = parts[group] + value if group in parts else value
        return parts

    def raw(self, parts: Mapping[str, NDArray[np.float64]]) -> NDArray[np.float64]:
        """Intercept plus all contributions."""
        total = np.full(len(next(iter(parts.values()))), self.intercept)
        for part in parts.values():
            total += part
        return total


def score(raw: NDArray[np.float64]) -> NDArray[np.float64]:
    """Map raw scores to 0-1: the logistic function, rounded to 4 decimals."""
    return np.round(1 / (1 + np.exp(-raw)), SCORE_DECIMALS)


def order(raw: NDArray[np.float64], ids: NDArray[np.int64]) -> NDArray[np.int64]:
    """Places from the best raw score to the worst, ties by id.

    Not by the score: its four decimals are all 1 at the top of a weighted list.
    """
    places: NDArray[np.int64] = np.lexsort((ids, -np.round(raw, RAW_DECIMALS)))
    return places


def load_model() -> RankingModel:
    """Read the weights that come with this version.

    Raises:
        ModelError: the file is not a model of this form.
    """
    data = files("shared.ranking").joinpath(WEIGHTS_FILE).read_bytes()
    return decode_model(data)


def decode_model(data: bytes) -> RankingModel:
    """Decode and check a weights file.

    Raises:
        ModelError: unknown or missing fields, or a curve that is none.
    """
    try:
        model = decode_json(data, RankingModel)
    except msgspec.DecodeError as error:
        raise ModelError(f"the ranking weights cannot be read: {error}") from error
    for name, curve in model.curves.items():
        rises = all(a < b for a, b in zip(curve.knots, curve.knots[1:], strict=False))
        if not curve.knots or len(curve.knots) != len(curve.values) or not rises:
            raise ModelError(f"the curve {name} of the ranking weights is malformed")
    return model
