from services.gateway.search import Found, fuse, weigh
from shared.contracts.search import Leg, LegHit, SearchLeg


def found(leg: Leg, *ids: int) -> Found:
    hits = [
        LegHit(id=each, title=f"Movie {each}", year=2000, score=9.0 - place, highlights={leg: "x"})
        for place, each in enumerate(ids)
    ]
    return Found(leg, SearchLeg(items=hits), "1-a")


TITLE = "some words"
PLOT = "a man who loses all that he ever had in a night"


def fused(*legs: Found, limit: int = 10, query: str = PLOT) -> list[int]:
    return [hit.id for hit in fuse(legs, limit, query)]


def test_what_both_legs_find_comes_before_what_one_finds_first() -> None:
    assert fused(found("lexical", 1, 2, 3), found("semantic", 4, 2, 5)) == [2, 4, 5, 1, 3]


def test_first_in_both_legs_scores_one() -> None:
    [hit] = fuse([found("lexical", 7), found("semantic", 7)], 10, PLOT)
    assert hit.score == 1
    assert hit.ranks == {"lexical": 1, "semantic": 1}
    assert hit.highlights == {"lexical": "x"}


def test_films_of_one_title_are_ordered_by_place_then_id() -> None:
    hits = [LegHit(id=n, title="Heat", year=2000, score=1.0) for n in (9, 3)]
    legs = (
        Found("lexical", SearchLeg(items=hits), "1-a"),
        Found("semantic", SearchLeg(items=hits[::-1]), "1-a"),
    )
    assert fused(*legs, query="heat") == [3, 9]


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
    assert fused(*legs, query=" ".join(["word"] * 6)) == [9, 8, 3, 4]
    assert fused(*legs, query=" ".join(["word"] * 7)) == [3, 4, 9, 8]


def test_a_few_spanish_words_are_no_title() -> None:
    legs = found("lexical", 9, 8), found("semantic", 3, 4)
    assert weigh("el señor de los anillos")["lexical"] == weigh(PLOT)["lexical"]
    assert fused(*legs, query="el señor de los anillos") == [3, 4, 9, 8]


def test_a_film_of_just_this_title_comes_first() -> None:
    legs = found("lexical", 1, 2, 3), found("semantic", 2, 1, 4)
    for query in ("Movie 3", "MOVIE-3", "móvie 3"):
        first, *_ = fuse(legs, 10, query)
        assert (first.id, first.score) == (3, 1.0)
    assert fused(*legs, query="Movie 33")[0] != 3
