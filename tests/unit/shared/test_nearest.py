import pytest

from shared.http.nearest import nearest, nearest_route

TEMPLATES = ["/", "/v1/movies", "/v1/movies/{movie_id}", "/v1/movies/{movie_id}/similar", "/docs"]


def test_the_nearest_name_or_none() -> None:
    assert nearest("titlo", {"titulo", "mes"}) == "titulo"
    assert nearest("xyz", {"titulo", "mes"}) is None
    assert nearest("x" * 10_000, {"titulo"}) is None


@pytest.mark.parametrize(
    ("path", "template"),
    [
        ("/v1/movie", "/v1/movies"),
        ("/v1/movies/abc", "/v1/movies/{movie_id}"),
        ("/v1/movies/862/similiar", "/v1/movies/{movie_id}/similar"),
        ("/doc", "/docs"),
        ("/nothing/of/the/kind", None),
    ],
)
def test_holes_of_a_template_take_any_segment(path: str, template: str | None) -> None:
    assert nearest_route(path, TEMPLATES) == template
