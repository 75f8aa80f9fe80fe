import numpy as np

from worker.evaluation import protocols
from worker.evaluation.likes import Likes
from worker.evaluation.truth import Truth

USERS, MOVIES = 40, 12


def make_likes(lists: list[list[int]], movies: int = MOVIES) -> Likes:
    counts = [len(rows) for rows in lists]
    rated = np.zeros(movies, dtype=bool)
    row = np.array([row for rows in lists for row in rows], dtype=np.int64)
    rated[row] = True
    return Likes(len(lists), movies, np.repeat(np.arange(len(lists)), counts), row, rated)


def test_a_fifth_of_the_likes_is_held_out() -> None:
    likes = make_likes([list(range(10)), [1, 2, 3]])
    truth = protocols.held_out_likes(likes).truth
    (asked,), (wanted,) = truth.asked, truth.wanted
    assert (len(asked), len(wanted)) == (8, 2)
    assert sorted([*asked.tolist(), *wanted.tolist()]) == list(range(10))
    assert truth.allowed is not None
    assert truth.allowed.tolist() == [True] * 10 + [False] * 2


def test_a_profile_is_the_latest_fifty() -> None:
    order = np.random.default_rng(1).permutation(100)
    (asked,) = protocols.held_out_likes(make_likes([order.tolist()], 100)).truth.asked
    assert len(asked) == protocols.LONGEST_PROFILE
    place = {row: at for at, row in enumerate(order.tolist())}
    places = [place[row] for row in asked.tolist()]
    assert places == sorted(places)
    # 80 are left of 100, and the earlier 30 of these are let go.
    assert places[0] >= 30


def test_item_knn_never_sees_what_is_held_out() -> None:
    likes = make_likes([list(range(10)) for _ in range(8)])
    protocol = protocols.held_out_likes(likes)
    assert protocol.ceiling is not None
    seen = protocols._without(likes, np.arange(8), protocol.truth.wanted)
    assert np.asarray(seen.sum(axis=1)).ravel().tolist() == [8.0] * 8
    for user, wanted in enumerate(protocol.truth.wanted):
        assert seen[user, wanted].sum() == 0


def test_a_users_split_is_the_same_in_every_run() -> None:
    likes = make_likes([list(range(12)) for _ in range(5)])
    first, again = (protocols.held_out_likes(likes).truth for _ in range(2))
    for one, other in zip(first.wanted, again.wanted, strict=True):
        assert one.tolist() == other.tolist()


def test_co_liked_films_are_wanted() -> None:
    # Even users like even films, odd users odd ones: 20 likers each, about 10 in a half.
    likes = make_likes([[m for m in range(MOVIES) if m % 2 == u % 2] for u in range(60)])
    protocol = protocols.co_likes(likes)
    assert len(protocol.truth.asked) == MOVIES
    for asked, wanted in zip(protocol.truth.asked, protocol.truth.wanted, strict=True):
        seed = int(asked[0])
        assert set(wanted.tolist()) == {m for m in range(MOVIES) if m % 2 == seed % 2} - {seed}


def test_the_ceiling_of_likes_without_chance_is_perfect() -> None:
    likes = make_likes([[m for m in range(MOVIES) if m % 2 == u % 2] for u in range(60)])
    protocol = protocols.co_likes(likes)
    assert protocol.ceiling is not None
    graph, _ = protocols.halves(likes)
    seeds = np.array([0, 1])
    scores = graph.score(seeds, np.arange(MOVIES))
    assert (scores[0, ::2] > 0).all()
    assert (scores[0, 1::2] <= 0).all()


def test_films_with_few_likers_neither_ask_nor_answer() -> None:
    lists = [[0, 1] for _ in range(30)] + [[2, 3] for _ in range(30)] + [[0, 4], [2, 4]]
    truth = protocols.co_likes(make_likes(lists, 5)).truth
    assert truth.allowed is not None
    assert not truth.allowed[4]
    assert 4 not in [int(rows[0]) for rows in truth.asked]


def test_too_few_likes_ask_nothing() -> None:
    likes = make_likes([[0, 1], [2, 3]])
    assert protocols.held_out_likes(likes).truth.asked == []
    assert protocols.co_likes(likes).truth.asked == []


def test_known_recommendations_are_sampled() -> None:
    questions = [np.array([place]) for place in range(protocols.MOST_SEEDS + 5)]
    protocol = protocols.known_recommendations(Truth(questions, questions))
    assert len(protocol.truth.asked) == protocols.MOST_SEEDS
    assert protocol.ceiling is None
