"""How good the recommendations are, against simpler ways, on films with known recommendations.

Run as a script: `python -m tests.bench.bench_relevance [--cache DIR] [--learn]`.
"""

import argparse
import datetime as dt
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import msgspec
import numpy as np
import polars as pl
from sklearn.feature_extraction.text import TfidfVectorizer

from shared.encoder import DIMS, DTYPE, MODEL_ID, SentenceTransformerEncoder
from shared.ranking.features import RankingTable, ranking_frame
from shared.ranking.model import WEIGHTS_FILE, LearningRun, load_model, score
from shared.ranking.rank import Ranker
from shared.ranking.vectors import closeness_block, query_weights
from tests.bench.learn_ranking import Pairs, collect_pairs, cross_validate, make_design, make_model
from worker.embedding.reuse import plan_reuse
from worker.embedding.structured import structured_block
from worker.embedding.text import content_hashes, document
from worker.etl.catalogue import Catalogue, extract_catalogue
from worker.etl.sources import find_sources
from worker.index.build import build_index

REPOSITORY: Final = Path(__file__).parents[2]
DATA: Final = REPOSITORY.parent / "shared" / "data"
TRUTH_FILE: Final = "tmdb_recommendations_dev.jsonl"
WEIGHTS: Final = REPOSITORY / "shared" / "ranking" / WEIGHTS_FILE
COMMAND: Final = "python -m tests.bench.bench_relevance --learn"
LEAST_TRUTH: Final = 5
DEPTH: Final = 10
POOL: Final = 600
BLOCK: Final = 100
RESAMPLES: Final = 2000
HYBRID: Final = {"text": 0.5, "structured": 0.5, "votes": 0.0, "year": 0.0, "average": 0.0}


@dataclass(frozen=True)
class Truth:
    """Seed films and the films that should be near them, as rows of the catalogue."""

    seeds: np.ndarray
    wanted: list[np.ndarray]


@dataclass(frozen=True)
class Scores:
    """What one way achieves: a figure per seed, the films it ever shows, its candidates."""

    hit5: np.ndarray
    ndcg10: np.ndarray
    recall10: np.ndarray
    distinct: int
    pool: float


def main() -> None:
    """Print the table; with `--learn`, fit and write the weights first."""
    options = _parse()
    if not DATA.is_dir():
        print(f"nothing to measure: {DATA} is absent")
        return
    catalogue = extract_catalogue(find_sources(DATA / "kaggle"))
    truth = read_truth(catalogue.movies)
    ranker = make_ranker(catalogue, options.cache, options.threads)
    print(f"{len(catalogue.movies):,} movies, {len(truth.seeds):,} seed films")
    rows = baselines(catalogue.movies, ranker, truth)
    pairs = collect_pairs(ranker, truth.seeds, truth.wanted)
    design = make_design(pairs)
    unseen = cross_validate(design, pairs)
    rows["ranking, unseen seeds"] = measure(truth, order_pairs(pairs, unseen, ranker.table.ids))
    if options.learn:
        run = describe_run(truth, ranker, rows["ranking, unseen seeds"])
        model = make_model(ranker.model, design, pairs, ranker.table, run)
        WEIGHTS.write_bytes(msgspec.json.format(msgspec.json.encode(model), indent=1) + b"\n")
        ranker = Ranker(ranker.index, ranker.table, load_model())
    lists = [ranker.rank(row, ranker.candidates(row), POOL).rows for row in truth.seeds]
    rows["ranking, shipped weights"] = measure(truth, lists)
    print_table(rows)
    held = [np.isin(w, c).mean() for w, c in zip(truth.wanted, _split(pairs), strict=True)]
    print(
        f"candidates: {len(pairs.rows) / len(truth.seeds):.0f} a film, recall {np.mean(held):.3f}"
    )


def read_truth(movies: pl.DataFrame) -> Truth:
    """Films of the catalogue with enough known recommendations in it."""
    row = {movie_id: place for place, movie_id in enumerate(movies["id"].to_list())}
    lines = (DATA / "evaluation" / TRUTH_FILE).read_bytes().splitlines()
    films = [msgspec.json.decode(line) for line in lines]
    known = {
        row[film["tmdb_id"]]: np.array([row[i] for i in film["recommendations"] if i in row])
        for film in films
        if film["tmdb_id"] in row
    }
    kept = {seed: wanted for seed, wanted in known.items() if len(wanted) >= LEAST_TRUTH}
    return Truth(np.array(list(kept)), list(kept.values()))


def make_ranker(catalogue: Catalogue, cache: Path | None, threads: int) -> Ranker:
    """Build what a release holds; text vectors come from the cache where it has them."""
    tables = (catalogue.movies, catalogue.cast, catalogue.directors)
    text = encode_texts(catalogue.movies, cache, threads)
    started = time.perf_counter()
    structured = structured_block(*tables)
    print(f"structured block: {time.perf_counter() - started:.1f} s")
    index = build_index(text, structured, closeness_block(catalogue.movies))
    table = RankingTable.from_frame(ranking_frame(*tables))
    return Ranker(index, table, load_model())


def encode_texts(movies: pl.DataFrame, cache: Path | None, threads: int) -> np.ndarray:
    """Text vectors of all movies, (n, 384)."""
    texts = movies.select(document()).to_series().to_list()
    hashes = content_hashes(texts, model_id=MODEL_ID, dtype=DTYPE)
    stored = None if cache is None else cache / "text_vectors.npz"
    known, vectors = [], None
    if stored is not None and stored.is_file():
        with np.load(stored) as file:
            known, vectors = file["hashes"].tolist(), file["vectors"]
    reuse = plan_reuse(hashes, DIMS, known, vectors)
    if reuse.to_encode:
        started = time.perf_counter()
        encoder = SentenceTransformerEncoder(threads=threads)
        encoded = encoder.encode([texts[row] for row in reuse.to_encode])
        print(f"{len(reuse.to_encode):,} texts encoded: {time.perf_counter() - started:.0f} s")
        vectors = reuse.merge(encoded)
        if stored is not None:
            stored.parent.mkdir(parents=True, exist_ok=True)
            np.savez(stored, hashes=np.array(hashes), vectors=vectors)
    return reuse.vectors


def baselines(movies: pl.DataFrame, ranker: Ranker, truth: Truth) -> dict[str, Scores]:
    """The simpler ways."""
    overviews = movies["overview"].fill_null("").to_list()
    words = TfidfVectorizer(stop_words="english").fit_transform(overviews)
    votes = movies["vote_count"].to_numpy()
    rows = ranker.index.rows
    ways = {
        "popularity": lambda seeds: np.tile(votes, (len(seeds), 1)).astype(float),
        "TF-IDF on overviews": lambda seeds: (words[seeds] @ words.T).toarray(),
        "MiniLM alone": lambda seeds: rows[seeds, :DIMS] @ rows[:, :DIMS].T,
        "text + structured vector": lambda seeds: _similar(ranker, seeds, HYBRID),
        "whole vector": lambda seeds: _similar(ranker, seeds, ranker.model.retrieval),
    }
    measured = {}
    for name, way in ways.items():
        lists = []
        for start in range(0, len(truth.seeds), BLOCK):
            seeds = truth.seeds[start : start + BLOCK]
            similarity = way(seeds)
            similarity[np.arange(len(seeds)), seeds] = -np.inf
            lists.extend(_best(row, ranker.table.ids) for row in similarity)
        measured[name] = measure(truth, lists)
    return measured


def measure(truth: Truth, lists: Sequence[np.ndarray]) -> Scores:
    """Compare ranked lists with the truth; the films asked for are the only relevant ones."""
    found = [np.isin(ranked, wanted) for ranked, wanted in zip(lists, truth.wanted, strict=True)]
    counts = np.array([len(wanted) for wanted in truth.wanted])
    first = np.array([np.pad(hits[:DEPTH], (0, DEPTH - len(hits[:DEPTH]))) for hits in found])
    gains = 1 / np.log2(np.arange(DEPTH) + 2)
    best = np.cumsum(gains)[np.minimum(counts, DEPTH) - 1]
    return Scores(
        hit5=first[:, :5].any(axis=1).astype(float),
        ndcg10=(first * gains).sum(axis=1) / best,
        recall10=first.sum(axis=1) / counts,
        distinct=len(np.unique(np.concatenate([ranked[:DEPTH] for ranked in lists]))),
        pool=float(np.mean([hits[:POOL].sum() for hits in found] / counts)),
    )


def order_pairs(pairs: Pairs, raw: np.ndarray, ids: np.ndarray) -> list[np.ndarray]:
    """Candidates of each seed in the order the product would show them."""
    shown = np.split(score(raw), pairs.offsets[1:-1])
    return [
        rows[np.lexsort((ids[rows], -scores))]
        for rows, scores in zip(_split(pairs), shown, strict=True)
    ]


def describe_run(truth: Truth, ranker: Ranker, unseen: Scores) -> LearningRun:
    """What the weights file says of its origin."""
    means = {
        "hit@5": unseen.hit5.mean(),
        "nDCG@10": unseen.ndcg10.mean(),
        "recall@10": unseen.recall10.mean(),
        "distinct in top tens": unseen.distinct,
    }
    return LearningRun(
        date=dt.datetime.now(tz=dt.UTC).date().isoformat(),
        data=f"{len(truth.seeds)} films of {len(ranker.table)} with at least {LEAST_TRUTH} "
        "known recommendations",
        protocol="listwise softmax, monotone curves; metrics by five-fold cross-validation over "
        "the seed films, on unseen seeds",
        command=COMMAND,
        metrics={name: round(float(value), 4) for name, value in means.items()},
    )


def print_table(rows: dict[str, Scores]) -> None:
    """One line per way, with 95 % bootstrap intervals over the seed films."""
    print(f"{'':26}{'hit@5':>22}{'nDCG@10':>22}{'recall@10':>11}{'distinct':>10}{'@600':>8}")
    for name, row in rows.items():
        hit, ndcg = _interval(row.hit5), _interval(row.ndcg10)
        print(
            f"{name:26}{hit:>22}{ndcg:>22}{row.recall10.mean():>11.3f}{row.distinct:>10,}"
            f"{row.pool:>8.3f}"
        )


def _interval(values: np.ndarray) -> str:
    """Mean and its 95 % interval."""
    random = np.random.default_rng(0)
    samples = random.integers(0, len(values), (RESAMPLES, len(values)))
    low, high = np.percentile(values[samples].mean(axis=1), [2.5, 97.5])
    return f"{values.mean():.3f} [{low:.3f}, {high:.3f}]"


def _similar(ranker: Ranker, seeds: np.ndarray, weights: dict[str, float]) -> np.ndarray:
    """Inner products of the seeds' queries with every row."""
    rows = ranker.index.rows
    similarity: np.ndarray = (rows[seeds] * query_weights(ranker.index.dims, weights)) @ rows.T
    return similarity


def _best(similarity: np.ndarray, ids: np.ndarray) -> np.ndarray:
    """The `POOL` most similar rows, ties by id."""
    near = np.argpartition(-similarity, POOL)[:POOL]
    return near[np.lexsort((ids[near], -similarity[near]))]


def _split(pairs: Pairs) -> list[np.ndarray]:
    """Candidates of each seed."""
    return np.split(pairs.rows, pairs.offsets[1:-1])


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cache", type=Path, help="folder that keeps the text vectors")
    parser.add_argument("--learn", action="store_true", help="fit and rewrite the weights")
    parser.add_argument("--threads", type=int, default=2)
    return parser.parse_args()


if __name__ == "__main__":
    main()
