"""From a fit to a model: the weights file, with the run that produced it."""

import datetime as dt
import hashlib
from typing import Final

import msgspec
import numpy as np

from shared.contracts.evaluation import WayScores
from shared.ranking.features import RankingTable
from shared.ranking.model import Curve, GenreWeight, LearningRun, RankingModel
from worker.evaluation.learning import Design, Pairs, calibrate, fit
from worker.evaluation.shapes import Floats
from worker.evaluation.truth import LEAST_WANTED

_PROTOCOL: Final = (
    "listwise softmax, monotone curves; metrics by five-fold cross-validation over the seed "
    "films, on unseen seeds"
)


def make_model(
    base: RankingModel, design: Design, pairs: Pairs, table: RankingTable, run: LearningRun
) -> RankingModel:
    """Learn from all films; retrieval stays as `base` has it."""
    weights = fit(design, pairs, np.ones(len(pairs.counts), dtype=bool))
    slope, intercept = calibrate(design.matrix @ weights, pairs.wanted)
    weights = slope * weights
    curves, shift = _curves(design, pairs, weights)
    both, one = np.split(weights[-2 * design.genres :], 2)
    genres = zip(table.genre_ids, both, one, strict=True)
    model = RankingModel(
        version="",
        retrieval=base.retrieval,
        candidates=base.candidates,
        intercept=_round(intercept + shift),
        curves=curves,
        genres={genre: GenreWeight(both=_round(b), one=_round(o)) for genre, b, o in genres},
        run=run,
    )
    return name_version(model)


def name_version(model: RankingModel) -> RankingModel:
    """Name a model by its date and content, so that no two weights go by one name."""
    content = msgspec.json.encode(msgspec.structs.replace(model, version=""))
    digest = hashlib.sha256(content).hexdigest()
    return msgspec.structs.replace(model, version=f"{model.run.date}-{digest[:8]}")


def describe_run(films: int, movies: int, command: str, unseen: WayScores) -> LearningRun:
    """What the weights file says of its origin."""
    metrics = {
        "hit@5": unseen.hit_at_5.mean,
        "nDCG@10": unseen.ndcg_at_10.mean,
        "recall@10": unseen.recall_at_10.mean,
        "distinct in top tens": float(unseen.distinct),
    }
    return LearningRun(
        date=dt.datetime.now(tz=dt.UTC).date().isoformat(),
        data=f"{films} films of {movies} with at least {LEAST_WANTED} known recommendations",
        protocol=_PROTOCOL,
        command=command,
        metrics={name: round(value, 4) for name, value in metrics.items()},
    )


def _curves(design: Design, pairs: Pairs, weights: Floats) -> tuple[dict[str, Curve], float]:
    """The curves, and what the intercept owes them.

    A curve that is no overlap is stated against the average candidate, so that a contribution
    may be read by itself.
    """
    curves: dict[str, Curve] = {}
    place, shift = 0, 0.0
    for shape in design.shapes:
        width = shape.basis.shape[1]
        values: Floats = shape.basis @ weights[place : place + width]
        place += width
        if shape.is_relative:
            average = float(np.interp(pairs.inputs[shape.name], shape.knots, values).mean())
            values, shift = values - average, shift + average
        curves[shape.name] = Curve(_rounded(shape.knots), _rounded(values))
    return curves, shift


def _rounded(values: Floats) -> list[float]:
    """Round for the file."""
    return [_round(float(value)) for value in values]


def _round(value: float) -> float:
    return round(float(value), 5)
