"""The OpenAPI document says all that holds, and nothing that does not."""

import re
from collections.abc import Iterator
from typing import Any

import httpx
import jsonschema
import pytest
from litestar.testing import TestClient

from services.gateway.app import create_app
from services.gateway.docs import read_examples
from services.gateway.documentation import TAGS
from services.gateway.openapi import undescribed
from services.gateway.settings import GatewaySettings
from shared.http.problems import KINDS
from shared.queue import JobQueue
from shared.redis_client import connect
from shared.redis_keys import RedisKeys
from shared.releases.store import ReleaseStore
from tests.contract.conftest import Gateway
from tests.contract.upstreams import free_port

Node = dict[str, Any]


@pytest.fixture(scope="module")
def document() -> Node:
    client, keys = connect(f"redis://127.0.0.1:{free_port()}/0"), RedisKeys("test")
    queue, store = JobQueue(client, keys), ReleaseStore(client, keys)
    app: Any = create_app(GatewaySettings(), queue=queue, store=store)
    answer = TestClient(app).get("/schema/openapi.json")
    assert answer.headers["content-type"] == "application/json"
    client.close()
    found: Node = answer.json()
    return found


def _operations(document: Node) -> Iterator[tuple[str, Node]]:
    for path, item in document["paths"].items():
        for method, node in item.items():
            yield f"{method.upper()} {path}", node


def _nodes(node: object) -> Iterator[Node]:
    if isinstance(node, dict):
        yield node
        for value in node.values():
            yield from _nodes(value)
    elif isinstance(node, list):
        for value in node:
            yield from _nodes(value)


def _resolve(document: Node, ref: str) -> Node:
    found = document
    for part in ref.removeprefix("#/").split("/"):
        found = found[part]
    return found


def _parameters(document: Node, operation: str) -> dict[str, Node]:
    node = dict(_operations(document))[operation]
    return {each["name"]: each for each in node["parameters"]}


def test_it_is_openapi_3_1_and_each_reference_leads_somewhere(document: Node) -> None:
    assert document["openapi"].startswith("3.1.")
    for node in _nodes(document):
        if "$ref" in node:
            assert isinstance(_resolve(document, node["$ref"]), dict)


def test_each_schema_is_a_json_schema(document: Node) -> None:
    for schema in document["components"]["schemas"].values():
        jsonschema.Draft202012Validator.check_schema(schema)


def test_ids_are_unique_and_names_of_functions(document: Node) -> None:
    ids = [node["operationId"] for _, node in _operations(document)]
    assert len(ids) == len(set(ids))
    assert all(re.fullmatch(r"[a-z][a-z0-9_]*", each) for each in ids)


def test_each_operation_parameter_and_tag_has_words(document: Node) -> None:
    assert undescribed(document) == []
    for name, node in _operations(document):
        assert node["summary"], name
    described = {tag["name"]: tag["description"] for tag in document["tags"]}
    assert described.items() <= TAGS.items()


def test_each_hole_of_a_path_is_a_parameter(document: Node) -> None:
    for name, node in _operations(document):
        holes = set(re.findall(r"{(\w+)}", name))
        given = {each["name"] for each in node.get("parameters", ()) if each["in"] == "path"}
        assert holes == given, name


@pytest.mark.parametrize(
    ("operation", "parameter", "schema"),
    [
        (
            "GET /v1/movies/{movie_id}/similar",
            "limit",
            {"type": "integer", "minimum": 1, "maximum": 50, "default": 10},
        ),
        (
            "GET /v1/movies/{movie_id}/similar",
            "year_min",
            {"type": "integer", "minimum": 1800, "maximum": 2200},
        ),
        (
            "GET /v1/movies/{movie_id}/similar",
            "average_min",
            {"type": "number", "minimum": 0, "maximum": 10},
        ),
        (
            "GET /v1/movies/{movie_id}/similar",
            "genres_any",
            {
                "type": "array",
                "items": {"type": "string", "minLength": 1, "maxLength": 100},
                "maxItems": 50,
            },
        ),
        ("GET /v1/movies/{movie_id}/similar", "date_min", {"type": "string", "format": "date"}),
        ("GET /v1/movies/{movie_id}/similar", "lang", {"enum": ["en", "es"]}),
        ("GET /eda", "lang", {"enum": ["en", "es"], "default": "es"}),
        (
            "GET /v1/releases/{number}/report",
            "offset",
            {"type": "integer", "minimum": 0, "default": 0},
        ),
        ("GET /recomendacion", "titulo", {"type": "string", "minLength": 1, "maxLength": 500}),
        (
            "GET /recomendacion/{titulo}",
            "titulo",
            {"type": "string", "minLength": 1, "maxLength": 500},
        ),
    ],
)
def test_bounds_are_those_that_hold(
    document: Node, operation: str, parameter: str, schema: Node
) -> None:
    assert _parameters(document, operation)[parameter]["schema"] == schema


def test_no_parameter_may_be_null(document: Node) -> None:
    for _, operation in _operations(document):
        for parameter in operation.get("parameters", ()):
            for node in _nodes(parameter.get("schema", {})):
                assert node.get("type") != "null"
                assert None not in node.get("enum", ())


def test_bounds_inside_bodies_are_kept(document: Node) -> None:
    fields = document["components"]["schemas"]["RecommendationRequest"]["properties"]
    assert fields["text"]["anyOf"][0] == {"type": "string", "minLength": 1, "maxLength": 2000}
    assert fields["weights"]["additionalProperties"] == {
        "type": "number",
        "minimum": 0,
        "maximum": 5,
    }


def test_each_route_declares_what_any_route_may_refuse(document: Node) -> None:
    for name, node in _operations(document):
        statuses = set(node["responses"])
        assert {"400", "405", "500"} <= statuses, name
        if "{" in name:
            assert "404" in statuses, name
        if "requestBody" in node:
            assert {"413", "415"} <= statuses, name
        assert ("304" in statuses) == (
            name.startswith("GET") and "504" in statuses and "security" not in node
        ), name


def test_problems_are_problem_documents_with_our_codes(document: Node) -> None:
    for status, node in document["components"]["responses"].items():
        if status != "NotModified":
            assert list(node["content"]) == ["application/problem+json"]
            assert "X-Request-Id" in node["headers"]
    assert "Allow" in document["components"]["responses"]["Problem405"]["headers"]
    assert "Retry-After" in document["components"]["responses"]["Problem503"]["headers"]
    codes = document["components"]["schemas"]["ProblemDocument"]["properties"]["code"]["enum"]
    assert set(codes) == set(KINDS)


def test_answers_of_a_release_declare_their_headers(document: Node) -> None:
    answer = dict(_operations(document))["GET /recomendacion"]["responses"]
    for status in ("200", "304"):
        found = answer[status]
        headers = _resolve(document, found["$ref"]) if "$ref" in found else found
        assert {"ETag", "Cache-Control", "Vary", "X-Butaca-Release"} <= set(headers["headers"])


def test_the_ops_routes_say_which_key_they_need(document: Node) -> None:
    schemes = document["components"]["securitySchemes"]
    scheme = schemes["api_key"]
    assert (scheme["type"], scheme["in"], scheme["name"]) == ("apiKey", "header", "X-API-Key")
    assert (schemes["bearer"]["type"], schemes["bearer"]["scheme"]) == ("http", "bearer")
    for name, node in _operations(document):
        is_closed = "ops" in node["tags"]
        assert bool(node.get("security")) == is_closed, name
        assert (node.get("x-role") in {"operator", "admin"}) == is_closed, name
        if is_closed:
            assert f"role `{node['x-role']}`" in node["description"]
            assert {"401", "403"} <= set(node["responses"])
    keys = {name: node["x-role"] for name, node in _operations(document) if "/keys" in name}
    assert set(keys.values()) == {"admin"}


def test_what_is_refused_before_the_route_is_declared_everywhere(document: Node) -> None:
    for name, node in _operations(document):
        if "/health/" not in name:
            assert {"401", "414", "429", "503"} <= set(node["responses"]), name
        if "requestBody" in node:
            assert "408" in node["responses"], name


def test_a_gateway_whose_reads_need_a_key_says_so() -> None:
    client, keys = connect(f"redis://127.0.0.1:{free_port()}/0"), RedisKeys("test")
    app: Any = create_app(
        GatewaySettings(reads_open=False),
        queue=JobQueue(client, keys),
        store=ReleaseStore(client, keys),
    )
    answer = TestClient(app).get("/schema/openapi.json")
    client.close()
    closed = {name for name, node in _operations(answer.json()) if node.get("security")}
    every = {name for name, _ in _operations(answer.json())}
    assert every - closed == {"GET /", "GET /health/live", "GET /health/ready"}


def test_each_example_is_of_a_route_and_of_its_schema(document: Node) -> None:
    operations = dict(_operations(document))
    for name, example in read_examples().items():
        content = operations[name]["responses"]["200"]["content"]["application/json"]
        schema = {**content["schema"], "components": document["components"]}
        jsonschema.Draft202012Validator(schema).validate(example["answer"])


def test_every_open_route_of_the_catalogue_has_an_example(document: Node) -> None:
    """All but what is as long as the catalogue, or of one release alone."""
    shown = {
        name
        for name, node in _operations(document)
        if node["tags"][0] not in {"ops", "health", "index", "releases"}
    }
    assert shown == read_examples().keys()


def test_the_document_may_be_kept_and_is_compressed(gateway: Gateway) -> None:
    url = f"{gateway.url}/schema/openapi.json"
    answer = httpx.get(url)
    assert answer.headers["content-encoding"] == "gzip"
    assert answer.headers["cache-control"] == "public, max-age=300, must-revalidate"
    again = httpx.get(url, headers={"If-None-Match": answer.headers["etag"]})
    assert again.status_code == 304
    assert httpx.get(f"{gateway.url}/schema").json() == answer.json()


@pytest.mark.parametrize(
    ("path", "media_type"),
    [
        ("/docs", "text/html; charset=utf-8"),
        ("/docs/start.js", "text/javascript; charset=utf-8"),
        ("/docs/swagger-ui.css", "text/css; charset=utf-8"),
        ("/docs/swagger-ui-bundle.js", "text/javascript; charset=utf-8"),
    ],
)
def test_the_page_and_its_parts_are_ours_and_strict(
    gateway: Gateway, path: str, media_type: str
) -> None:
    answer = httpx.get(gateway.url + path)
    assert (answer.status_code, answer.headers["content-type"]) == (200, media_type)
    policy = answer.headers["content-security-policy"]
    assert policy.startswith("default-src 'none'; script-src 'self'; style-src 'self';")
    assert answer.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize("path", ["/docs/docs.html", "/docs/index.html", "/docs/..%2Fapp.py"])
def test_nothing_else_is_served(gateway: Gateway, path: str) -> None:
    assert httpx.get(gateway.url + path).status_code == 404
