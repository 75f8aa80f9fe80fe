"""How good the recommendations are, against simpler ways, on the truth sets of `../shared/data`.

    python -m tests.bench.bench_relevance [--cache DIR] [--learn] [--threads N]

Prints what `butaca evaluate` measures of a release, for one made of the data as it is and the
code as it stands. With `--learn` the weights of the ranking are learned and written first.
"""

import argparse
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Final

import msgspec
import numpy as np
import polars as pl

from shared.contracts.evaluation import Evaluation, Interval, TruthReport, WayScores
from shared.encoder import DIMS, DTYPE, MODEL_ID, SentenceTransformerEncoder
from shared.filters import FilterTable, filter_frame
from shared.ranking.features import RankingTable, ranking_frame
from shared.ranking.model import WEIGHTS_FILE, RankingModel, load_model
from shared.ranking.rank import Ranker
from shared.ranking.search import Search
from shared.ranking.vectors import closeness_block
from worker.embedding.reuse import plan_reuse
from worker.embedding.structured import structured_block
from worker.embedding.text import content_hashes, document
from worker.etl.catalogue import Catalogue, extract_catalogue
from worker.etl.sources import find_sources
from worker.evaluation.evaluate import evaluate
from worker.evaluation.learning import collect_pairs, cross_validate, make_design
from worker.evaluation.material import Judge, Material
from worker.evaluation.truth import read_recommendations
from worker.evaluation.truth_files import TruthFiles, find_truth
from worker.evaluation.ways import UNSEEN
from worker.evaluation.weights import describe_run, make_model
from worker.index.build import build_index

REPOSITORY: Final = Path(__file__).parents[2]
DATA: Final = REPOSITORY.parent / "shared" / "data"
TRUTH: Final = DATA / "evaluation" / "tmdb_recommendations_dev.jsonl"
WEIGHTS: Final = REPOSITORY / "shared" / "ranking" / WEIGHTS_FILE
COMMAND: Final = "python -m tests.bench.bench_relevance --learn"


def main() -> None:
    """Print the tables; with `--learn`, fit and write the weights first."""
    options = _parse()
    if not DATA.is_dir():
        print(f"nothing to measure: {DATA} is absent")
        return
    catalogue = extract_catalogue(find_sources(DATA / "kaggle"))
    material = make_material(catalogue, options.cache, options.threads)
    files = find_truth(DATA / "evaluation", TRUTH)
    if options.learn:
        model = learn(material, files)
        WEIGHTS.write_bytes(msgspec.json.format(msgspec.json.encode(model), indent=1) + b"\n")
        material = with_model(material, load_model())
    print_evaluation(evaluate(material, files, threads=options.threads))


def make_material(catalogue: Catalogue, cache: Path | None, threads: int) -> Material:
    """Build what a release holds; text vectors come from the cache where it has them."""
    tables = (catalogue.movies, catalogue.cast, catalogue.directors)
    text = encode_texts(catalogue.movies, cache, threads)
    index = build_index(text, structured_block(*tables), closeness_block(catalogue.movies))
    table = RankingTable.from_frame(ranking_frame(*tables))
    ranker = Ranker(index, table, load_model())
    filters = FilterTable(filter_frame(*tables))
    return Material("none", catalogue.movies, filters, ranker, Search(ranker))


def with_model(material: Material, model: RankingModel) -> Material:
    """Return the same release with other weights."""
    ranker = Ranker(material.ranker.index, material.ranker.table, model)
    return Material(material.release, material.movies, material.filters, ranker, Search(ranker))


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


def learn(material: Material, files: TruthFiles) -> RankingModel:
    """Learn from all known recommendations; what the file claims is measured on unseen films."""
    assert files.recommendations is not None
    truth = read_recommendations(files.recommendations, material.ids)
    seeds = [int(rows[0]) for rows in truth.asked]
    pairs = collect_pairs(material.ranker, seeds, truth.wanted)
    design = make_design(pairs)
    lists = pairs.lists(cross_validate(design, pairs), material.ids)
    unseen = Judge(material).measure(UNSEEN, lists, truth, with_pool=True)
    run = describe_run(len(seeds), material.movies.height, COMMAND, unseen)
    return make_model(material.ranker.model, design, pairs, material.ranker.table, run)


def print_evaluation(evaluation: Evaluation) -> None:
    """One table per truth set, then the filters."""
    print(f"{evaluation.movies:,} movies, weights {evaluation.model}, {evaluation.seconds:.0f} s")
    for truth in evaluation.truths:
        print_truth(truth)
    print("\nfill rate under standard filters")
    for fill in evaluation.fill:
        print(f"  {fill.name:38}{fill.matching:>8,} movies {fill.fill_rate:7.3f}")
    for reason in evaluation.skipped:
        print(f"skipped: {reason}")


def print_truth(truth: TruthReport) -> None:
    """One line per way, with 95 % bootstrap intervals over the questions."""
    print(f"\n{truth.name}: {truth.seeds:,} questions, {truth.wanted_per_seed:.1f} wanted each")
    print(truth.description)
    print(
        f"{'':26}{'hit@5':>21}{'nDCG@10':>21}{'recall@10':>21}{'films':>8}{'cover':>7}"
        f"{'votes':>7}{'alike':>7}{'saga':>7}{'self':>5}{'@600':>7}{'our gain':>23}"
    )
    print("\n".join(_lines(truth.ways)))
    if truth.share_of_ceiling is not None:
        print(f"share of the ceiling ({truth.ceiling}): {truth.share_of_ceiling:.2f}")


def _lines(ways: Iterable[WayScores]) -> Iterable[str]:
    for way in ways:
        intervals = (way.hit_at_5, way.ndcg_at_10, way.recall_at_10)
        pool = "" if way.recall_at_600 is None else f"{way.recall_at_600:.3f}"
        gain = "" if way.our_gain is None else _interval(way.our_gain)
        yield (
            f"{way.name:26}{''.join(f'{_interval(each):>21}' for each in intervals)}"
            f"{way.distinct:>8,}{way.coverage:>7.3f}{way.vote_percentile:>7.3f}"
            f"{way.intra_list:>7.3f}{way.same_collection:>7.3f}{way.self_leaks:>5}{pool:>7}{gain:>23}"
        )


def _interval(value: Interval) -> str:
    return f"{value.mean:.3f} [{value.low:.3f},{value.high:.3f}]"


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cache", type=Path, help="folder that keeps the text vectors")
    parser.add_argument("--learn", action="store_true", help="fit and rewrite the weights")
    parser.add_argument("--threads", type=int, default=2)
    return parser.parse_args()


if __name__ == "__main__":
    main()
