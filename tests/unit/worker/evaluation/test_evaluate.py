from pathlib import Path

import msgspec
import numpy as np
import pytest

from shared.contracts.evaluation import Evaluation, TruthReport, WayScores
from shared.errors import SourceError
from tests.unit.worker.evaluation.releases import (
    MOVIES,
    write_csv,
    write_ratings,
    write_recommendations,
)
from worker.evaluation.evaluate import evaluate
from worker.evaluation.material import Judge, Material
from worker.evaluation.truth import Truth
from worker.evaluation.truth_files import find_truth
from worker.evaluation.ways import (
    ITEM_KNN,
    MINILM,
    OTHER_HALF,
    POPULARITY,
    RANDOM,
    SHIPPED,
    TEXT_STRUCTURED,
    TFIDF,
    UNSEEN,
    WHOLE,
)

CONTENT = [RANDOM, POPULARITY, TFIDF, MINILM, TEXT_STRUCTURED, WHOLE, SHIPPED]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("data")
    write_recommendations(folder / "recommendations.jsonl")
    write_ratings(folder)
    return folder


@pytest.fixture(scope="module")
def evaluation(material: Material, folder: Path) -> Evaluation:
    return evaluate(material, find_truth(folder), threads=1)


def ways_of(truth: TruthReport) -> dict[str, WayScores]:
    return {way.name: way for way in truth.ways}


def test_every_way_answers_on_every_truth_set(evaluation: Evaluation) -> None:
    recommended, held_out, co_liked = evaluation.truths
    assert list(ways_of(recommended)) == [*CONTENT, UNSEEN]
    assert list(ways_of(held_out)) == [*CONTENT, ITEM_KNN]
    assert list(ways_of(co_liked)) == [*CONTENT, OTHER_HALF]
    assert evaluation.skipped == []


def test_a_ceiling_is_named_with_our_share_of_it(evaluation: Evaluation) -> None:
    recommended, _, co_liked = evaluation.truths
    assert (recommended.ceiling, recommended.share_of_ceiling) == (None, None)
    ways = ways_of(co_liked)
    share = ways[SHIPPED].ndcg_at_10.mean / ways[OTHER_HALF].ndcg_at_10.mean
    assert co_liked.share_of_ceiling == pytest.approx(share)


def test_likes_that_follow_a_rule_are_foretold_by_other_likes(evaluation: Evaluation) -> None:
    for truth, ceiling in zip(evaluation.truths[1:], [ITEM_KNN, OTHER_HALF], strict=True):
        ways = ways_of(truth)
        assert ways[ceiling].ndcg_at_10.low > ways[RANDOM].ndcg_at_10.high


def test_gains_are_paired_differences(evaluation: Evaluation) -> None:
    for truth in evaluation.truths:
        ways = ways_of(truth)
        ours = ways.get(UNSEEN, ways[SHIPPED])
        assert ours.our_gain is None
        for way in truth.ways:
            gain = way.our_gain
            difference = ours.ndcg_at_10.mean - way.ndcg_at_10.mean
            assert gain is None or gain.mean == pytest.approx(difference)


def test_the_candidates_are_counted_where_lists_are_long(evaluation: Evaluation) -> None:
    recommended, held_out, _ = evaluation.truths
    assert all(way.recall_at_600 == 1 for way in recommended.ways)
    assert all(way.recall_at_600 is None for way in held_out.ways)


def test_no_film_is_recommended_for_itself(evaluation: Evaluation) -> None:
    assert all(way.self_leaks == 0 for truth in evaluation.truths for way in truth.ways)


def test_lists_under_standard_filters_are_full(evaluation: Evaluation) -> None:
    assert evaluation.fill
    assert all(each.fill_rate == 1 for each in evaluation.fill)


def test_an_evaluation_says_what_it_was_of(evaluation: Evaluation, material: Material) -> None:
    assert evaluation.release == "1-abc"
    assert evaluation.movies == MOVIES
    assert evaluation.model == material.ranker.model.version
    assert msgspec.json.decode(msgspec.json.encode(evaluation), type=Evaluation) == evaluation


def test_the_same_release_and_files_give_the_same_figures(
    evaluation: Evaluation, material: Material, folder: Path
) -> None:
    again = evaluate(material, find_truth(folder), threads=2)
    assert again.truths == evaluation.truths
    assert again.fill == evaluation.fill


def test_truth_sets_that_are_not_there_are_skipped(material: Material, tmp_path: Path) -> None:
    heard: list[tuple[int, int]] = []
    found = evaluate(
        material, find_truth(tmp_path), on_progress=lambda done, total: heard.append((done, total))
    )
    assert found.truths == []
    assert len(found.skipped) == 2
    assert heard == [(1, 1)]


def test_progress_counts_the_ways(material: Material, folder: Path) -> None:
    heard: list[tuple[int, int]] = []
    files = find_truth(folder)._replace(ratings=None, links=None)
    evaluate(material, files, on_progress=lambda done, total: heard.append((done, total)))
    assert heard == [(done, 9) for done in range(1, 10)]


def test_ratings_that_ask_nothing_are_skipped_with_the_reason(
    material: Material, tmp_path: Path
) -> None:
    write_csv(
        tmp_path / "ratings.csv", ["userId", "movieId", "rating", "timestamp"], [(1, 5, 5, 1)]
    )
    write_csv(tmp_path / "links.csv", ["movieId", "imdbId", "tmdbId"], [(5, 1, 7)])
    found = evaluate(material, find_truth(tmp_path))
    assert found.truths == []
    assert [reason.partition(":")[0] for reason in found.skipped[1:]] == ["A", "B"]


def test_a_bad_truth_file_is_a_source_error(material: Material, tmp_path: Path) -> None:
    bad = tmp_path / "bad.jsonl"
    bad.write_text("no json", encoding="utf-8")
    with pytest.raises(SourceError, match=r"bad\.jsonl, line 1"):
        evaluate(material, find_truth(tmp_path, bad))


def test_coverage_is_of_the_movies_that_may_be_recommended(material: Material) -> None:
    allowed = np.arange(MOVIES) < 20
    asked, lists = [np.array([0])], [np.arange(1, 11)]
    judge = Judge(material)
    found = judge.measure("any", lists, Truth(asked, lists, allowed), with_pool=False)
    assert found.coverage == 0.5
    of_all = judge.measure("any", lists, Truth(asked, lists), with_pool=False)
    assert of_all.coverage == pytest.approx(1 / 6)
    figures = (found.hit_at_5, found.ndcg_at_10, found.recall_at_10)
    assert [each.mean for each in figures] == pytest.approx([1, 1, 1])
