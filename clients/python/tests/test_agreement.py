"""The client against the gateway's OpenAPI document: either side changes, and this fails."""

import copy
from collections.abc import Callable
from pathlib import Path
from typing import Any, get_args
from urllib.parse import parse_qsl, urlsplit

import pytest

from butaca_client import ButacaError
from butaca_client.arguments import Contribution
from butaca_client.errors import Problem, error_of
from clients.python.tests.agreement import (
    HEADERS,
    Operation,
    differences,
    document_shape,
    methods,
    operation_of,
    operations,
    request_of,
    struct_shape,
)
from clients.python.tests.server import Scripted
from shared.contracts import recommendations

Document = dict[str, Any]


def found_operation(name: str, server: Scripted, document: Document, folder: Path) -> Operation:
    method, target, _ = request_of(name, server, folder)
    operation = operation_of(document, method, target)
    assert operation is not None, f"{name} asks {method} {target}, which is no route"
    return operation


@pytest.mark.parametrize("name", list(methods()))
def test_a_method_agrees_with_its_operation(
    name: str, server: Scripted, document: Document, tmp_path: Path
) -> None:
    operation = found_operation(name, server, document, tmp_path)
    assert differences(name, operation, document) == []


@pytest.mark.parametrize("name", list(methods()))
def test_a_method_sends_only_what_its_operation_knows(
    name: str, server: Scripted, document: Document, tmp_path: Path
) -> None:
    _, target, body = request_of(name, server, tmp_path)
    operation = found_operation(name, server, document, tmp_path)
    parameters = operation.node.get("parameters", [])
    known = {each["name"] for each in parameters if each.get("in") == "query"}
    sent = (
        {key for key, _ in parse_qsl(urlsplit(target).query, strict_parsing=True)}
        if "?" in target
        else set()
    )
    content = operation.node.get("requestBody", {}).get("content", {})
    if "application/json" not in content:
        assert sent == known
    else:
        schema = content["application/json"]["schema"]
        fields = document_shape(schema, document, is_answer=False)["fields"]
        assert sent <= known
        assert body.keys() == fields.keys()


def test_every_operation_has_one_method(
    server: Scripted, document: Document, tmp_path: Path
) -> None:
    found = [
        found_operation(name, server, document, tmp_path).node["operationId"] for name in methods()
    ]
    every = {each.node["operationId"] for each in operations(document)}
    by_path = {each for each in every if each.endswith("_by_path")}
    assert len(by_path) == 7
    assert sorted(found) == sorted(every - by_path)


def test_a_question_by_path_is_the_same_by_query(document: Document) -> None:
    by_id = {each.node["operationId"]: each for each in operations(document)}
    for name, each in by_id.items():
        if name.endswith("_by_path"):
            sibling = by_id[name.removesuffix("_by_path")]
            assert differences(sibling.node["operationId"], each, document) == []


def test_the_problem_is_that_of_the_document(document: Document) -> None:
    schema = document["components"]["schemas"]["ProblemDocument"]
    theirs = document_shape(schema, document, is_answer=False)["fields"]
    theirs["code"] = {"type": "string"}
    # Members that the document may leave to the code of the problem.
    candidate = document["components"]["schemas"]["TitleCandidate"]
    items = document_shape(candidate, document, is_answer=False)
    theirs.setdefault("candidates", {"type": "array", "items": items})
    theirs.setdefault("parameter", {"type": "string"})
    assert struct_shape(Problem, is_answer=False)["fields"] == theirs


def test_every_refusal_has_an_error_of_its_own(document: Document) -> None:
    statuses = {
        int(status)
        for each in operations(document)
        for status in each.node["responses"]
        if int(status) >= 400
    }
    assert {400, 401, 403, 404, 409, 413, 415, 503, 504} <= statuses
    for status in statuses - {500}:
        assert type(error_of(status, b"", None, None)) is not ButacaError
    assert type(error_of(500, b"", None, None)) is ButacaError


def test_the_names_of_contributions_are_the_services() -> None:
    """The document has no names of keys."""
    assert get_args(Contribution) == get_args(recommendations.Contribution)


def test_every_header_parameter_is_an_argument_or_set_by_the_transport(document: Document) -> None:
    shared = document["components"].get("parameters", {})
    found = {
        shared[each["$ref"].split("/")[-1]]["name"] if "$ref" in each else each["name"]
        for operation in operations(document)
        for each in operation.node.get("parameters", [])
        if "$ref" in each or each["in"] == "header"
    }
    assert found == HEADERS | {"Idempotency-Key"}


def _change_movie(document: Document, field: str, schema: Document) -> None:
    document["components"]["schemas"]["Movie"]["properties"][field] = schema


def _parameter(document: Document, name: str) -> Document:
    parameters = document["paths"]["/v1/movies"]["get"]["parameters"]
    found: Document = next(each for each in parameters if each.get("name") == name)
    return found


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("movie", lambda d: _change_movie(d, "mood", {"type": "string"})),
        ("movie", lambda d: _change_movie(d, "title", {"type": "integer"})),
        (
            "movie",
            lambda d: _change_movie(d, "year", {"anyOf": [{"type": "integer"}, {"type": "null"}]}),
        ),
        ("movie", lambda d: d["components"]["schemas"]["Movie"]["properties"].pop("tagline")),
        ("movie", lambda d: d["components"]["schemas"]["Movie"]["required"].remove("tagline")),
        ("movie", lambda d: d["components"]["schemas"]["CastMember"]["required"].remove("name")),
        ("movies", lambda d: _parameter(d, "sort").update(name="by")),
        ("movies", lambda d: _parameter(d, "limit")["schema"].update(default=21)),
        ("movies", lambda d: _parameter(d, "year_min")["schema"].update(type="number")),
        ("movies", lambda d: _parameter(d, "order")["schema"]["enum"].append("any")),
        ("movies", lambda d: _parameter(d, "cursor").update(required=True)),
        ("recommend", lambda d: d["components"]["schemas"]["Filters"]["properties"].pop("people")),
        (
            "recommend_many",
            lambda d: d["components"]["schemas"]["Filters"]["properties"].pop("people"),
        ),
        ("lookup", lambda d: d["components"]["schemas"]["LookupRequest"]["required"].clear()),
        (
            "start_job",
            lambda d: d["components"]["schemas"]["JobRequest"]["properties"].pop("force"),
        ),
    ],
)
def test_a_change_of_the_document_is_noticed(
    name: str,
    change: Callable[[Document], object],
    server: Scripted,
    document: Document,
    tmp_path: Path,
) -> None:
    operation = found_operation(name, server, document, tmp_path)
    assert differences(name, operation, document) == []
    changed = copy.deepcopy(document)
    change(changed)
    node = changed["paths"][operation.path][operation.method.lower()]
    assert differences(name, operation._replace(node=node), changed)
