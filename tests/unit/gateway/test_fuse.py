from services.gateway.search import Found, fuse, weigh
from shared.contracts.search import Leg, LegHit, SearchLeg


def found(leg: Leg, *ids: int) -> Found:
    hits = [
        LegHit(id=each, title=f"Movie {each}", year=2000, score=9.0 - place, highlights={leg: "x"})
        for place, each in enumerate(ids)
    ]
    return Found(leg, SearchLeg(items=hits), "1-a")


EVEN: dict[Leg, float] = {"lexical": 1.0, "semantic": 1.0}


def fused(*legs: Found, limit: int = 10) -> list[int]:
    return [hit.id for hit in fuse(legs, limit, EVEN)]


def test_what_both_legs_find_comes_before_what_one_finds_first() -> None:
    assert fused(found("lexical", 1, 2, 3), found("semantic", 4, 2, 5)) == [2, 1, 4, 3, 5]


def test_first_in_both_legs_scores_one() -> None:
    [hit] = fuse([found("lexical", 7), found("semantic", 7)], 10, EVEN)
    assert hit.score == 1
    assert hit.ranks == {"lexical": 1, "semantic": 1}
    assert hit.highlights == {"lexical": "x"}


def test_equal_scores_are_ordered_by_id() -> None:
    assert fused(found("lexical", 9, 8), found("semantic", 3, 4)) == [3, 9, 4, 8]


def test_of_a_leg_alone_order_and_scores_stay() -> None:
    hits = fuse([found("semantic", 5, 3, 4)], 2, None)
    assert [(hit.id, hit.score, hit.ranks) for hit in hits] == [
        (5, 9.0, {"semantic": 1}),
        (3, 8.0, {"semantic": 2}),
    ]


def test_no_more_than_asked_for() -> None:
    assert fused(found("lexical", 1, 2, 3), limit=2) == [1, 2]
    assert fused(found("lexical")) == []


def test_a_few_words_are_mostly_a_title_and_many_a_plot() -> None:
    legs = found("lexical", 9, 8), found("semantic", 3, 4)
    [few, many] = (
        [hit.id for hit in fuse(legs, 10, weigh(" ".join(["word"] * count)))] for count in (6, 7)
    )
    assert few == [9, 8, 3, 4]
    assert many == [3, 4, 9, 8]
