"""What is added to the framework's document."""

from typing import Annotated, Any

import msgspec
import pytest
from litestar import Litestar, get, post
from litestar.params import FromPath, JSONBody, QueryParameter

from services.gateway.documentation import answers, openapi_config
from services.gateway.openapi import complete_document, undescribed
from shared.contracts.base import Inbound, Wire

Node = dict[str, Any]


class Wish(Inbound, frozen=True):
    """What is wanted.

    In two lines.
    """

    ids: Annotated[list[Annotated[int, msgspec.Meta(ge=1)]], msgspec.Meta(max_length=3)]


class Found(Wire, frozen=True):
    """What was found."""

    items: list[int]


@get("/films/{movie_id:int}", tags=["movies"], responses=answers(Found, 503, 504))
async def film(
    movie_id: FromPath[int],
    limit: Annotated[int, QueryParameter(ge=0, lt=9)] = 2,
    share: Annotated[float | None, QueryParameter(ge=0, le=1)] = None,
    genres: Annotated[list[str] | None, QueryParameter(name="genres_any", max_items=4)] = None,
    odd: Annotated[str, QueryParameter(min_length=2, description="Its own words.")] = "ab",
) -> bytes:
    """One film.

    And more of it.
    """
    return f"{movie_id}{limit}{share}{genres}{odd}".encode()


@post("/wishes", tags=["wishes"], status_code=200, responses=answers(Found))
async def wish(data: JSONBody[Wish], nameless: Annotated[int, QueryParameter()] = 1) -> bytes:
    """Grant one"""
    return f"{data}{nameless}".encode()


EXAMPLES = {
    "GET /films/{movie_id}": {
        "url": "/films/862?limit=2&genres_any=Drama&genres_any=Crime&share=0.5",
        "answer": {"items": [1]},
    },
    "POST /wishes": {"body": {"ids": [1]}},
}


@pytest.fixture
def document() -> Node:
    app = Litestar([film, wish], openapi_config=openapi_config(), logging_config=None)
    return complete_document(app, EXAMPLES)


def _parameters(node: Node) -> dict[str, Node]:
    return {each["name"]: each for each in node["parameters"] if each["in"] != "header"}


def test_bounds_of_optional_parameters_are_shown(document: Node) -> None:
    found = _parameters(document["paths"]["/films/{movie_id}"]["get"])
    assert {name: each["schema"] for name, each in found.items()} == {
        "movie_id": {"type": "integer"},
        "limit": {"type": "integer", "minimum": 0, "exclusiveMaximum": 9, "default": 2},
        "share": {"type": "number", "minimum": 0, "maximum": 1},
        "genres_any": {
            "type": "array",
            "items": {"type": "string", "minLength": 1, "maxLength": 100},
            "maxItems": 50,
        },
        "odd": {"type": "string", "minLength": 2, "default": "ab"},
    }


def test_words_are_the_declaration_s_own_or_of_the_table(document: Node) -> None:
    found = _parameters(document["paths"]["/films/{movie_id}"]["get"])
    assert found["odd"]["description"] == "Its own words."
    assert found["movie_id"]["description"] == "Id of the movie (TMDB)."
    nameless = ["GET /films/{movie_id} share", "POST /wishes nameless", "wishes"]
    assert undescribed(document) == nameless


def test_docstrings_become_summary_and_description(document: Node) -> None:
    node = document["paths"]["/films/{movie_id}"]["get"]
    assert (node["summary"], node["description"]) == ("One film", "And more of it.")
    assert node["operationId"] == "movies_film"
    node = document["paths"]["/wishes"]["post"]
    assert (node["summary"], "description" in node) == ("Grant one", False)
    schema = document["components"]["schemas"]["Wish"]
    assert schema["description"] == "What is wanted.\n\nIn two lines."
    assert schema["properties"]["ids"] == {
        "type": "array",
        "maxItems": 3,
        "items": {"type": "integer", "minimum": 1},
    }


def test_real_answers_become_examples_and_routes_without_have_none(document: Node) -> None:
    node = document["paths"]["/films/{movie_id}"]["get"]
    shown = {name: each.get("example") for name, each in _parameters(node).items()}
    assert shown == {
        "movie_id": 862,
        "limit": 2,
        "share": 0.5,
        "genres_any": ["Drama", "Crime"],
        "odd": None,
    }
    content = node["responses"]["200"]["content"]["application/json"]
    assert content["examples"] == {"real": {"value": {"items": [1]}}}
    node = document["paths"]["/wishes"]["post"]
    asked = node["requestBody"]["content"]["application/json"]
    assert asked["examples"] == {"real": {"value": {"ids": [1]}}}
    assert "examples" not in node["responses"]["200"]["content"]["application/json"]


def test_only_what_asks_a_service_may_be_a_304(document: Node) -> None:
    assert "304" in document["paths"]["/films/{movie_id}"]["get"]["responses"]
    assert "304" not in document["paths"]["/wishes"]["post"]["responses"]


def test_unused_tags_are_left_out(document: Node) -> None:
    assert [tag["name"] for tag in document["tags"]] == ["movies"]
