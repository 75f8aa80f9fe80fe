import numpy as np
import pytest
import scipy.sparse

from tests.factories import movie, movies_frame
from worker.evaluation import ways
from worker.evaluation.coliked import CoLikes
from worker.evaluation.material import Material
from worker.evaluation.truth import Truth

IDS = np.array([50, 40, 30, 20, 10])


def ask(*questions: list[int], allowed: list[int] | None = None) -> Truth:
    flags = None if allowed is None else np.isin(np.arange(len(IDS)), allowed)
    asked = [np.array(rows) for rows in questions]
    return Truth(asked, asked, flags)


def answers(similarity: ways.Similarity, truth: Truth, depth: int = 3) -> list[list[int]]:
    return [rows.tolist() for rows in ways.answer(similarity, truth, IDS, depth)]


def test_answers_are_the_most_liked_without_the_film_asked_about() -> None:
    popularity = ways.constant(np.array([1.0, 9.0, 5.0, 7.0, 3.0]))
    assert answers(popularity, ask([1], [0, 3])) == [[3, 2, 4], [1, 2, 4]]


def test_ties_go_by_id() -> None:
    assert answers(ways.constant(np.ones(5)), ask([4])) == [[3, 2, 1]]


def test_only_allowed_rows_are_answers() -> None:
    popularity = ways.constant(np.array([1.0, 9.0, 5.0, 7.0, 3.0]))
    assert answers(popularity, ask([1], [0], allowed=[0, 1, 4])) == [[4, 0], [1, 4]]


def test_a_question_that_names_all_allowed_rows_has_no_answer() -> None:
    assert answers(ways.constant(np.ones(5)), ask([0, 1], allowed=[0, 1])) == [[]]


def test_similarities_of_several_rows_add_up() -> None:
    vectors = np.array([[1, 0], [0, 1], [0.6, 0.6], [1, 0.1], [0, 0]], dtype=np.float32)
    found = answers(ways.by_vectors(vectors), ask([0], [0, 1]), 2)
    assert found == [[3, 2], [2, 3]]
    sparse = ways.by_vectors(scipy.sparse.csr_matrix(vectors))
    assert answers(sparse, ask([0], [0, 1]), 2) == found


def test_weights_of_dimensions_count() -> None:
    vectors = np.array([[1, 1], [1, 0], [0, 1], [0, 0], [0, 0]], dtype=np.float32)
    weighted = ways.by_vectors(vectors, np.array([0.1, 1], dtype=np.float32))
    assert answers(weighted, ask([0]), 2) == [[2, 1]]


def test_random_answers_are_the_same_in_every_run() -> None:
    first, again = (answers(ways.random_order(), ask([0], [1], [2])) for _ in range(2))
    assert first == again
    assert all(len(set(rows)) == 3 for rows in first)


def test_item_knn_follows_the_likes() -> None:
    likes = np.zeros((6, 5), dtype=np.float32)
    likes[:3, [0, 2]] = 1
    likes[3:, [1, 3]] = 1
    knn = ways.by_likes(CoLikes(scipy.sparse.csr_matrix(likes)))
    assert answers(knn, ask([0], [1]), 1) == [[2], [3]]


def test_item_knn_gives_the_same_whatever_is_compared_at_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    likes = (np.random.default_rng(2).random((30, 5)) < 0.4).astype(np.float32)
    knn = ways.by_likes(CoLikes(scipy.sparse.csr_matrix(likes)))
    asked = ways._flags([np.array([0, 3, 4]), np.array([1])], 5)
    whole = knn(asked, np.arange(5))
    monkeypatch.setattr(ways, "_ROWS", 1)
    assert knn(asked, np.arange(5)) == pytest.approx(whole)


def test_overviews_without_a_word_are_alike_to_nothing() -> None:
    movies = movies_frame(movie(1, "A", overview=None), movie(2, "B", overview=None))
    assert ways.overview_words(movies).sum() == 0


def test_overviews_that_share_words_are_near() -> None:
    plots = ["A shark hunts swimmers", "The swimmers and the shark", "Love in Paris"]
    movies = movies_frame(*(movie(n, "x", overview=plot) for n, plot in enumerate(plots)))
    words = ways.overview_words(movies)
    near = (words @ words.T).toarray()
    assert near[0, 1] > 0.5
    assert near[0, 2] == 0


def test_the_product_is_asked_as_its_users_ask(material: Material) -> None:
    size = len(material.ids)
    allowed = np.arange(size) % 2 == 0
    questions = [np.array([3]), np.array([4, 9, 11])]
    truth = Truth(questions, questions, allowed)
    one, several = ways.search(material.searcher, truth, 5, threads=2)
    assert one.tolist() == material.searcher.similar(3, 5, allowed).rows.tolist()
    assert several.tolist() == material.searcher.blend([4, 9, 11], (), 5, allowed).rows.tolist()


def test_every_content_way_answers_with_other_films(material: Material) -> None:
    questions = [np.array([row]) for row in range(10)]
    truth = Truth(questions, questions)
    similarities = ways.content_ways(material.movies, material.ranker)
    assert list(similarities)[:3] == [ways.RANDOM, ways.POPULARITY, ways.TFIDF]
    for similarity in similarities.values():
        lists = ways.answer(similarity, truth, material.ids, 10)
        assert all(len(np.unique(rows)) == 10 for rows in lists)
        assert all(place not in rows for place, rows in enumerate(lists))


@pytest.mark.parametrize("depth", [1, 4, 9])
def test_the_whole_vector_agrees_with_a_sort(material: Material, depth: int) -> None:
    whole = ways.content_ways(material.movies, material.ranker)[ways.WHOLE]
    (found,) = ways.answer(whole, Truth([np.array([7])], [np.array([0])]), material.ids, depth)
    index = material.ranker.index
    near = index.rows @ material.ranker.queries(np.array([7]))[0]
    near[7] = -np.inf
    assert set(found.tolist()) == set(np.argsort(-near)[:depth].tolist())
