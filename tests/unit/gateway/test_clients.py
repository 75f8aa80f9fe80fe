"""Problem documents become the errors they were made from."""

import msgspec
import pytest

from services.gateway.clients import ERRORS, error_from_problem
from shared.errors import AppError, InvalidRequestError, UpstreamUnavailableError
from shared.http.problems import problem_document


@pytest.mark.parametrize("kind", ERRORS.values())
def test_every_error_survives_the_hop(kind: type[AppError]) -> None:
    error = kind("mensaje", suggestions=["Heat"])
    back = error_from_problem("queries", msgspec.json.encode(problem_document(error, "es")))
    assert (type(back), back.message, back.details) == (kind, error.message, error.details)


@pytest.mark.parametrize("body", [b"", b"<html>", b"[]", b"{}", b'{"code": "no_such_code"}'])
def test_anything_else_is_an_unavailable_service(body: bytes) -> None:
    back = error_from_problem("queries", body)
    assert isinstance(back, UpstreamUnavailableError)
    assert back.details == {"service": "queries"}


def test_a_member_named_like_an_argument_does_no_harm() -> None:
    body = b'{"code": "invalid_request", "detail": "no", "message": "x", "self": 1}'
    back = error_from_problem("queries", body)
    assert isinstance(back, InvalidRequestError)
    assert back.message == "no"
