"""How answers look, and that nothing in them is taken for HTML."""

import pytest

from butaca_client.answers.base import Answer
from butaca_client.answers.movies import CastMember, Movie, MovieItem, MoviePage, Named
from butaca_client.answers.recommendations import (
    BatchAnswer,
    BatchProblem,
    MovieSummary,
    Recommendation,
    SimilarResponse,
)
from butaca_client.display import MOST_ROWS, Rows, cell


class Interval(Answer, frozen=True):
    low: float
    high: float


ITEM = Recommendation(
    id=863, title="Toy Story 2", year=1999, score=0.9748, because_of=862, reason="Same\ncollection"
)
BAD = "<script>alert('x')</script> & \"co\""


def page(*titles: str) -> MoviePage:
    items = [MovieItem(id=place, title=title) for place, title in enumerate(titles, 1)]
    return MoviePage(items=items, total=45346, next_cursor=None)


def test_a_list_is_a_table_without_empty_columns() -> None:
    assert repr(page("Heat", "Amélie").items) == "id  title\n 1  Heat\n 2  Amélie"


def test_figures_stand_to_the_right_and_lines_are_one() -> None:
    other = Recommendation(id=7, title="Up", year=2009, score=0.5)
    head, first, second = repr(Rows([ITEM, other])).splitlines()
    assert head == " id  title        year   score  raw_score  because_of  reason"
    assert first == "863  Toy Story 2  1999  0.9748          0         862  Same collection"
    assert second == "  7  Up           2009     0.5          0"


@pytest.mark.parametrize(
    ("more", "last"), [(0, "20  x"), (1, "… and 1 more"), (5, "… and 5 more")]
)
def test_a_long_list_is_cut_and_says_so(more: int, last: str) -> None:
    lines = repr(page(*["x"] * (MOST_ROWS + more)).items).splitlines()
    assert lines[-1] == last
    assert len(lines) == 1 + MOST_ROWS + (1 if more else 0)


def test_a_part_of_a_list_is_shown_alike() -> None:
    items = page("Heat", "Ran", "Up").items
    assert repr(items[1:]) == "id  title\n 2  Ran\n 3  Up"
    assert items[0].title == "Heat"
    assert items == list(items)


def test_nothing_is_shown_as_nothing() -> None:
    empty = page().items
    assert isinstance(empty, Rows)
    assert repr(empty) == "[]"
    assert empty._repr_html_() == "<p>none</p>"


def test_html_is_escaped_everywhere() -> None:
    item = Recommendation(id=1, title=BAD, year=2000, score=0.1, reason=BAD)
    answer = MoviePage(items=[MovieItem(id=1, title=BAD)], total=1, next_cursor=BAD)
    for shown in (Rows([item])._repr_html_(), item._repr_html_(), answer._repr_html_()):
        assert "<script>" not in shown
        assert "&lt;script&gt;alert(&#x27;x&#x27;)&lt;/script&gt; &amp;" in shown


def test_a_page_shows_its_rows_and_an_item_its_fields() -> None:
    shown = page("Heat")._repr_html_()
    assert shown.startswith("<p>total: 45346 · next_cursor: </p><table><tr><th>id</th>")
    assert "<td>Heat</td>" in shown
    one = page("Heat").items[0]._repr_html_()
    assert one == (
        "<table><tr><th>field</th><th>value</th></tr><tr><td>id</td><td>1</td></tr>"
        "<tr><td>title</td><td>Heat</td></tr></table>"
    )


def test_an_answer_is_one_line() -> None:
    shown = repr(page("Heat"))
    assert shown == "MoviePage(items=<1 MovieItem>, total=45346, next_cursor=None)"
    assert repr(ITEM).startswith(
        "Recommendation(id=863, title='Toy Story 2', year=1999, score=0.97"
    )
    assert "contributions={}" in repr(ITEM)
    assert repr(MovieItem(id=1, overview="x" * 500)) == f"MovieItem(id=1, overview='{'x' * 46}…)"


def test_parts_of_an_answer_are_shown_by_their_name_or_number() -> None:
    film = MovieSummary(id=862, title="Toy Story", year=1995)
    scored = Recommendation(
        id=1, title="Up", year=2009, score=0.5, contributions={"text": 0.25, "votes": 0.5}
    )
    answer = SimilarResponse(movie=film, items=[scored], matching=9)
    assert repr(answer) == (
        "SimilarResponse(movie=<MovieSummary Toy Story>, items=<1 Recommendation>, matching=9)"
    )
    assert "contributions=<2 entries>" in repr(scored)
    problem = BatchProblem(status=404, code="title_not_found", title="T", detail="D")
    assert cell(BatchAnswer(problem=problem)) == ""
    assert cell(Interval(low=1.5, high=2)) == "1.5, 2"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, ""),
        (True, "True"),
        (12.0, "12"),
        (0.123456789, "0.123457"),
        (1e9, "1000000000"),
        (-2.5e6, "-2500000"),
        ([Named(id=1, name="Drama"), Named(id=2, name="War")], "Drama, War"),
        (list(range(7)), "0, 1, 2, 3, +3"),
        ({"lexical": 1, "semantic": 2}, "lexical: 1, semantic: 2"),
        (CastMember(person_id=1, name="Ana", character=None, order=0), "Ana"),
        ("x" * 48, "x" * 48),
        ("x" * 49, "x" * 47 + "…"),
    ],
)
def test_cells(value: object, text: str) -> None:
    assert cell(value) == text


def test_lists_inside_answers_are_tables_too() -> None:
    names = [name for name, kind in Movie.__annotations__.items() if str(kind).startswith("list")]
    assert names == [
        "genres",
        "keywords",
        "companies",
        "countries",
        "languages",
        "cast",
        "directors",
    ]
    item = MovieItem(genres=[Named(id=1, name="Drama")])
    assert isinstance(item.genres, Rows)
    assert repr(item.genres) == "id  name\n 1  Drama"
