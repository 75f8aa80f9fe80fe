"""Bodies are read strictly, and what cannot be read is told apart from what breaks the rules."""

import msgspec
import pytest

from shared.errors import (
    AppError,
    InvalidBodyError,
    InvalidRequestError,
    UnsupportedMediaTypeError,
)
from shared.http.bodies import decode_body, require_json


class Page(msgspec.Struct, forbid_unknown_fields=True):
    limit: int = 10
    text: str = ""


def test_a_good_body_becomes_the_contract() -> None:
    assert decode_body(b'{"limit": 5}', Page) == Page(limit=5)


@pytest.mark.parametrize(
    ("body", "kind", "words"),
    [
        (b'{"limit": 5', InvalidBodyError, "truncated"),
        (b"nope", InvalidBodyError, "not JSON"),
        (b"{} {}", InvalidBodyError, "trailing"),
        (b'{"limit": NaN}', InvalidBodyError, "not JSON"),
        (b'{"text": "\xff"}', InvalidBodyError, "UTF-8"),
        (b'{"text": "\\ud800"}', InvalidBodyError, "not JSON"),
        (b'{"limit": "5"}', InvalidRequestError, "limit: must be an integer, not a string"),
    ],
)
def test_a_bad_body_is_refused(body: bytes, kind: type[AppError], words: str) -> None:
    with pytest.raises(kind) as caught:
        decode_body(body, Page)
    assert words in caught.value.message


def test_a_body_nested_without_end_is_refused() -> None:
    with pytest.raises(InvalidBodyError, match="deep"):
        decode_body(b"[" * 100_000, list[object])


@pytest.mark.parametrize(
    "content_type",
    [
        "application/json",
        "Application/JSON",
        "application/json; charset=utf-8",
        'application/json;charset="UTF-8"',
        "application/json; version=1",
    ],
)
def test_json_is_taken(content_type: str) -> None:
    require_json(content_type)


@pytest.mark.parametrize(
    "content_type",
    [
        "",
        "text/plain",
        "application/x-www-form-urlencoded",
        "application/json; charset=latin-1",
        "application/jsonp",
    ],
)
def test_anything_else_is_refused(content_type: str) -> None:
    with pytest.raises(UnsupportedMediaTypeError, match="application/json"):
        require_json(content_type)
