"""An evaluation: every way on every truth set that is there, and how full filtered lists are."""

import datetime as dt
import time
from collections.abc import Callable, Iterator
from functools import partial
from typing import Final, NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray

from shared.contracts.evaluation import Evaluation, TruthReport, WayScores
from worker.evaluation.learning import collect_pairs, cross_validate, make_design
from worker.evaluation.likes import read_likes
from worker.evaluation.material import Judge, Material
from worker.evaluation.metrics import POOL, Lists, interval, ndcg_at_10
from worker.evaluation.protocols import (
    Protocol,
    co_likes,
    held_out_likes,
    known_recommendations,
)
from worker.evaluation.standard_filters import measure_fill
from worker.evaluation.truth import Truth, read_recommendations
from worker.evaluation.truth_files import TruthFiles
from worker.evaluation.ways import SHIPPED, UNSEEN, answer, content_ways, search

# Fewer films are too few to learn from.
LEAST_LEARNED: Final = 50
_NO_RECOMMENDATIONS: Final = "TMDB recommendations: no file of them was given"
_NO_RATINGS: Final = "MovieLens likes: the data folder holds no ratings.csv with links.csv"
_TOO_FEW: Final = "nobody rated enough movies of the catalogue"
Progress = Callable[[int, int], None]


class _Way(NamedTuple):
    """A way by its name, and how to get its lists."""

    name: str
    ask: Callable[[], Lists]


class _Measured(NamedTuple):
    """The figures of a way, and the nDCG@10 of each question, (q,)."""

    scores: WayScores
    ndcg: NDArray[np.float64]


def evaluate(
    material: Material,
    files: TruthFiles,
    *,
    threads: int = 2,
    on_progress: Progress | None = None,
) -> Evaluation:
    """Measure a release against the truth sets that are there.

    `on_progress(done, total)` counts the ways, over all truth sets.

    Raises:
        SourceError: a file of a truth set cannot be used.
    """
    started = time.perf_counter()
    protocols, skipped = _read(material, files)
    judge = Judge(material)
    plans = [(protocol, _ways(material, protocol, threads)) for protocol in protocols]
    tick = _counter(sum(len(ways) for _, ways in plans) + 1, on_progress)
    truths = [
        _report(protocol, list(_run(judge, protocol, ways, tick))) for protocol, ways in plans
    ]
    fill = measure_fill(material.searcher, material.filters, material.ranker.table)
    tick()
    return Evaluation(
        release=material.release,
        model=material.ranker.model.version,
        movies=material.movies.height,
        created_at=dt.datetime.now(dt.UTC),
        seconds=round(time.perf_counter() - started, 3),
        truths=truths,
        fill=fill,
        skipped=skipped,
    )


def _read(material: Material, files: TruthFiles) -> tuple[list[Protocol], list[str]]:
    """The protocols there are truth sets for, and why others are not among them."""
    protocols: list[Protocol] = []
    skipped: list[str] = []
    if files.recommendations is None:
        skipped.append(_NO_RECOMMENDATIONS)
    else:
        truth = read_recommendations(files.recommendations, material.ids)
        protocols.append(known_recommendations(truth))
    if files.ratings is None or files.links is None:
        skipped.append(_NO_RATINGS)
    else:
        likes = read_likes(files.ratings, files.links, material.ids)
        for protocol in (held_out_likes(likes), co_likes(likes)):
            if protocol.truth.asked:
                protocols.append(protocol)
            else:
                skipped.append(f"{protocol.name}: {_TOO_FEW}")
    return protocols, skipped


def _ways(material: Material, protocol: Protocol, threads: int) -> list[_Way]:
    """All ways that answer this protocol: the simplest first, ours last but for the ceiling.

    Weights are learned where the truth is that of the shipped ones.
    """
    truth, depth = protocol.truth, protocol.depth
    similarities = content_ways(material.movies, material.ranker)
    ways = [
        _Way(name, partial(answer, similarity, truth, material.ids, depth))
        for name, similarity in similarities.items()
    ]
    ways.append(_Way(SHIPPED, partial(search, material.searcher, truth, depth, threads)))
    if protocol.ceiling is None and len(truth.asked) >= LEAST_LEARNED:
        ways.append(_Way(UNSEEN, partial(unseen_lists, material, truth)))
    if protocol.ceiling is not None:
        ceiling = protocol.ceiling
        ask = partial(answer, ceiling.similarity, truth, material.ids, depth)
        ways.append(_Way(ceiling.name, ask))
    return ways


def unseen_lists(material: Material, truth: Truth) -> Lists:
    """Candidates in the order of weights learned on other films, by five-fold cross-validation."""
    seeds = [int(rows[0]) for rows in truth.asked]
    pairs = collect_pairs(material.ranker, seeds, truth.wanted)
    raw = cross_validate(make_design(pairs), pairs)
    return pairs.lists(raw, material.ids)


def _run(
    judge: Judge, protocol: Protocol, ways: list[_Way], tick: Callable[[], None]
) -> Iterator[_Measured]:
    """Ask every way and measure it."""
    truth, with_pool = protocol.truth, protocol.depth >= POOL
    for way in ways:
        lists = way.ask()
        scores = judge.measure(way.name, lists, truth, with_pool=with_pool)
        yield _Measured(scores, ndcg_at_10(lists, truth.wanted))
        tick()


def _report(protocol: Protocol, measured: list[_Measured]) -> TruthReport:
    """Put the ways side by side.

    Gains are those of the ranking on unseen films where it is there, else as shipped; the share
    of the ceiling is that of the ranking as shipped.
    """
    ndcg = {each.scores.name: each.ndcg for each in measured}
    ours = UNSEEN if UNSEEN in ndcg else SHIPPED
    ceiling = None if protocol.ceiling is None else protocol.ceiling.name
    best = 0.0 if ceiling is None else float(ndcg[ceiling].mean())
    return TruthReport(
        name=protocol.name,
        description=protocol.description,
        seeds=len(protocol.truth.asked),
        wanted_per_seed=float(np.mean([len(rows) for rows in protocol.truth.wanted])),
        ways=[_with_gain(each, ours, ndcg[ours]) for each in measured],
        ceiling=ceiling,
        share_of_ceiling=float(ndcg[SHIPPED].mean()) / best if best else None,
    )


def _with_gain(measured: _Measured, ours: str, own: NDArray[np.float64]) -> WayScores:
    """Add what our ranking, the way of this name with this nDCG, gains over another way."""
    scores, ndcg = measured
    if scores.name == ours:
        return scores
    return msgspec.structs.replace(scores, our_gain=interval(own - ndcg))


def _counter(total: int, on_progress: Progress | None) -> Callable[[], None]:
    """Count up by one with each call."""
    done = 0

    def tick() -> None:
        nonlocal done
        done += 1
        if on_progress is not None:
            on_progress(done, total)

    return tick
