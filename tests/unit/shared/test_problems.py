"""Every error has a place in the table of problems, a document, and a line in the docs."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from litestar import Litestar, get
from litestar.exceptions import HTTPException
from litestar.params import FromPath
from litestar.testing import AsyncTestClient

from shared import errors
from shared.errors import AppError, TitleNotFoundError, UpstreamTimeoutError
from shared.http.problems import EXCEPTION_HANDLERS, KINDS, problem_document


def all_errors(kind: type[AppError] = AppError) -> Iterator[type[AppError]]:
    yield kind
    for each in kind.__subclasses__():
        yield from all_errors(each)


@pytest.mark.parametrize("kind", list(all_errors()), ids=lambda kind: kind.code)
def test_each_error_has_a_document_in_both_languages(kind: type[AppError]) -> None:
    document = problem_document(kind("why"))
    assert document["code"] == kind.code
    assert document["detail"] == "why"
    assert 400 <= int(str(document["status"])) < 600
    assert problem_document(kind(), "es")["detail"] == KINDS[kind.code].titulo


def test_codes_are_unique_and_the_table_has_no_other() -> None:
    codes = [kind.code for kind in all_errors() if kind.__module__ == errors.__name__]
    assert len(codes) == len(set(codes))
    assert set(codes) == set(KINDS)


def test_details_become_members() -> None:
    document = problem_document(TitleNotFoundError("no", suggestions=["Toy Story"]), "es")
    assert document["suggestions"] == ["Toy Story"]
    assert document["title"] == "Título no encontrado"


def test_a_service_that_is_to_blame_is_named_in_the_detail() -> None:
    document = problem_document(UpstreamTimeoutError(service="queries"), "es")
    assert document["detail"] == "El servicio no respondió a tiempo: queries"
    assert document["service"] == "queries"


def test_the_docs_list_every_code_with_its_status_and_no_other() -> None:
    text = (Path(__file__).parents[3] / "docs" / "api.md").read_text()
    rows = re.findall(r"^\| `(\w+)` \| (\d{3}) \| (.+) \| (.+) \|$", text, re.MULTILINE)
    assert [code for code, *_ in rows] == list(dict.fromkeys(code for code, *_ in rows))
    assert {code: int(status) for code, status, *_ in rows} == {
        code: kind.status for code, kind in KINDS.items()
    }


@get("/broken")
async def broken() -> None:
    raise ZeroDivisionError("a secret of ours")


@get("/refused/{status:int}")
async def refused(status: FromPath[int]) -> None:
    raise HTTPException("What the framework says.", status_code=status)


@pytest.mark.parametrize(
    ("path", "status", "code", "detail"),
    [
        ("/broken", 500, "internal_error", "Internal error"),
        ("/refused/402", 400, "invalid_request", "What the framework says."),
        ("/refused/501", 500, "internal_error", "Internal error"),
        ("/refsued/402", 404, "route_not_found", "Did you mean /refused/{status}?"),
        ("/quite/else", 404, "route_not_found", "GET / lists the routes."),
    ],
)
async def test_what_nobody_expected_is_a_problem_without_its_inside(
    path: str, status: int, code: str, detail: str
) -> None:
    app = Litestar(
        [broken, refused],
        exception_handlers=EXCEPTION_HANDLERS,
        openapi_config=None,
        logging_config=None,
    )
    async with AsyncTestClient(app, raise_server_exceptions=False) as client:
        answer = await client.get(path)
    assert answer.headers["content-type"] == "application/problem+json"
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert detail in answer.json()["detail"]
    assert "secret" not in answer.text
