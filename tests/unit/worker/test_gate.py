"""The gate: each reason that keeps a release from going live, and none for a good one."""

import numpy as np
import pytest

from shared.contracts.evaluation import FilterFill
from shared.contracts.reports import IdList
from shared.contracts.scorecards import CanaryResult, ScoreCard, TruthMetrics
from shared.errors import ReleaseRefusedError
from tests.factories import scorecard_of
from worker.index.gate import reasons_against, require_finite

SETTING = "(BUTACA_WORKER_MIN_ROWS_SHARE)"
ONE, MANY = IdList(count=1, ids=[105]), IdList(count=1234, ids=[100, 105])


def card(**changes: object) -> ScoreCard:
    """A card of a good release of 12 movies; `changes` replace its figures."""
    return scorecard_of(**{"movies": 12, **changes})  # type: ignore[arg-type]  # any figure


def canary(movie_id: int, *, holds: bool) -> CanaryResult:
    return CanaryResult(
        movie_id=movie_id, title="Film", expected=[1, 2], found=[1, 2], holds=holds
    )


def truth(ndcg: float, *, sha256: str = "a", name: str = "B: co-likes") -> TruthMetrics:
    return TruthMetrics(
        name=name, sha256=sha256, seeds=9, hit_at_5=0.5, ndcg_at_10=ndcg, recall_at_10=0.1
    )


def judge(
    tried: ScoreCard,
    live_movies: int = 0,
    cast: int = 5,
    live_cast: int = 0,
    live: ScoreCard | None = None,
) -> list[str]:
    return reasons_against(
        tried,
        counts={"movies": tried.movies, "cast": cast},
        live_counts={"movies": live_movies, "cast": live_cast},
        live_card=live,
        min_rows_share=0.5,
    )


def test_a_good_release_passes() -> None:
    assert judge(card()) == []
    assert judge(card(), live_movies=24) == []


def test_a_release_that_lost_most_movies_is_refused() -> None:
    assert judge(card(), live_movies=25) == [
        f"movies: 12 rows are less than 50% of the 25 of the live release {SETTING}"
    ]


def test_a_release_that_lost_most_of_its_cast_is_refused() -> None:
    assert judge(card(), live_movies=12, cast=5, live_cast=10) == []
    assert judge(card(), live_movies=12, cast=4, live_cast=10) == [
        f"cast: 4 rows are less than 50% of the 10 of the live release {SETTING}"
    ]


def test_a_release_whose_collections_have_come_apart_is_refused() -> None:
    assert judge(card(collected=101, mates_found=0.3)) == []
    assert judge(card(collected=100, mates_found=0.1)) == []
    assert judge(card(collected=101, mates_found=0.29)) == [
        "the top tens hold 29% of the films of the same collection, less than 30%"
    ]


def test_an_empty_catalogue_is_refused() -> None:
    assert judge(card(movies=0, canaries=[]), live_movies=5) == ["the catalogue is empty"]


@pytest.mark.parametrize(
    ("field", "one", "many"),
    [
        ("self_leaks", "1 movie recommends itself", "1,234 movies recommend themselves"),
        (
            "doubled",
            "1 movie recommends one movie twice",
            "1,234 movies recommend one movie twice",
        ),
        (
            "clashes",
            "1 movie for families recommends one for adults",
            "1,234 movies for families recommend one for adults",
        ),
    ],
)
def test_a_release_with_a_fault_is_refused(field: str, one: str, many: str) -> None:
    assert judge(card(**{field: ONE})) == [f"{one}: 105"]
    assert judge(card(**{field: MANY})) == [f"{many}, the first is 100"]


def test_a_failed_canary_is_refused() -> None:
    tried = card(canaries=[canary(100, holds=True), canary(101, holds=False)])
    assert judge(tried) == ["the live ranking of movie 101 differs from its stored neighbours"]


def test_short_lists_are_refused() -> None:
    assert judge(card(movies=1000, fill_rate=0.998)) == [
        "2 movies have fewer neighbours than the catalogue allows"
    ]


def test_short_lists_under_a_filter_are_refused() -> None:
    short = FilterFill(name="silent age", matching=7750, fill_rate=0.85)
    assert judge(card(filters=[short])) == [
        "lists under the filter 'silent age' are 85.0% full though 7,750 movies match"
    ]


def test_a_large_catalogue_that_shows_little_of_itself_is_refused() -> None:
    assert judge(card(movies=1000, coverage_at_10=0.1)) == []
    assert judge(card(movies=1001, coverage_at_10=0.2)) == []
    assert judge(card(movies=1001, coverage_at_10=0.1999)) == [
        "the top tens show 20.0% of the catalogue, less than 20%"
    ]


def test_relevance_that_fell_on_the_same_truth_set_is_refused() -> None:
    assert judge(card(truths=[truth(0.179)]), live=card(truths=[truth(0.2)])) == [
        "nDCG@10 on B: co-likes is 0.179, less than 90% of the 0.200 of the live release"
    ]


@pytest.mark.parametrize(
    "live",
    [
        None,
        card(),
        card(truths=[truth(0.2, sha256="b")]),
        card(truths=[truth(0.2, name="T: TMDB recommendations")]),
        card(truths=[truth(0.11)]),
    ],
)
def test_relevance_is_compared_with_the_same_truth_set_alone(live: ScoreCard | None) -> None:
    assert judge(card(truths=[truth(0.1)]), live=live) == []


def test_all_reasons_are_given() -> None:
    tried = card(self_leaks=ONE, clashes=ONE, fill_rate=0.5)
    assert len(judge(tried, live_movies=100)) == 4


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_vectors_that_are_not_finite_are_refused_before_they_are_searched(bad: float) -> None:
    vectors = np.zeros((1200, 4), dtype=np.float32)
    require_finite(vectors)
    vectors[:, 2] = bad
    with pytest.raises(ReleaseRefusedError, match="1,200 of 1,200 vectors are not finite"):
        require_finite(vectors)
