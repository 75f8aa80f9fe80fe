"""What the decoder says, in our words."""

import datetime as dt
import json
from typing import Annotated, Literal, get_args

import msgspec
import pytest

from services.gateway.controllers.jobs import IdempotencyKey
from shared.contracts.jobs import JobRequest
from shared.contracts.keys import KeyRequest
from shared.http.wording import PATTERNS, explain, explain_message


class Inner(msgspec.Struct, forbid_unknown_fields=True):
    year_min: Annotated[int, msgspec.Meta(ge=1800)] | None = None
    names: list[Annotated[str, msgspec.Meta(min_length=1)]] = []
    day: dt.date | None = None


class Outer(msgspec.Struct, forbid_unknown_fields=True):
    limit: Annotated[int, msgspec.Meta(ge=1, le=50)] = 10
    share: Annotated[float, msgspec.Meta(le=1.0)] = 0.0
    lang: Literal["es", "en"] | None = None
    inner: Inner = msgspec.field(default_factory=Inner)
    many: list[Inner] = []
    weights: dict[Literal["cast", "genres"], float] = {}


class Needy(msgspec.Struct):
    must: int


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b'{"limit": 51}', "limit: must be <= 50"),
        (b'{"limit": 0}', "limit: must be >= 1"),
        (b'{"limit": "5"}', "limit: must be an integer, not a string"),
        (b'{"share": 1.5}', "share: must be <= 1"),
        (b'{"lang": "fr"}', "lang: must be one of en, es"),
        (b'{"limt": 1}', "limt: unknown field; did you mean limit?"),
        (b'{"inner": {"year_mni": 1}}', "inner.year_mni: unknown field; did you mean year_min?"),
        (b'{"inner": {"year_min": 1}}', "inner.year_min: must be >= 1800"),
        (b'{"inner": {"x": 1}}', "inner.x: unknown field; known: day, names, year_min"),
        (b'{"inner": {"names": [""]}}', "inner.names[0]: must be of length >= 1"),
        (b'{"inner": {"day": "x"}}', "inner.day: must be a date such as 1999-12-31"),
        (b'{"many": [{}, {"x": 1}]}', "many[1].x: unknown field; known: day, names, year_min"),
        (b'{"weights": {"foo": 1}}', "weights.foo: unknown name; known: cast, genres"),
        (b'{"weights": {"genre": 1}}', "weights.genre: unknown name; did you mean genres?"),
        (b'{"weights": {"cast": true}}', "weights: must be a number, not true or false"),
        (b'{"many": null}', "many: must be a list, not null"),
        (b"[]", "body: must be an object, not a list"),
        (b'{"limit": 1e999}', "limit: number out of range"),
    ],
)
def test_each_fault_names_its_place_and_what_must_be(body: bytes, words: str) -> None:
    with pytest.raises(msgspec.ValidationError) as caught:
        msgspec.json.decode(body, type=Outer)
    assert explain(caught.value, Outer) == words


@pytest.mark.parametrize(
    ("kind", "body", "words"),
    [
        (JobRequest, b'{"source": "/etc"}', "source: must be a name of at most 40 small letters"),
        (JobRequest, b'{"source": "a\\n"}', "source: must be a name"),
        (KeyRequest, b'{"name": "a\\u001b[31m"}', "name: must be one line without control"),
        (KeyRequest, b'{"name": "a\\n"}', "name: must be one line without control"),
    ],
)
def test_a_pattern_is_told_in_words(kind: type[msgspec.Struct], body: bytes, words: str) -> None:
    with pytest.raises(msgspec.ValidationError) as caught:
        msgspec.json.decode(body, type=kind)
    said = explain(caught.value, kind)
    assert said.startswith(words)
    assert "regex" not in said


def test_every_pattern_of_what_callers_send_has_words() -> None:
    schemas = json.dumps([msgspec.json.schema(kind) for kind in (JobRequest, KeyRequest)])
    found = {each for each in PATTERNS if json.dumps(each) in schemas}
    assert schemas.count('"pattern"') == len(found) == len(PATTERNS) - 1
    (metadata,) = get_args(IdempotencyKey)[1:]
    assert metadata.pattern in PATTERNS.keys() - found


def test_a_missing_field_is_named() -> None:
    with pytest.raises(msgspec.ValidationError) as caught:
        msgspec.json.decode(b"{}", type=Needy)
    assert explain(caught.value, Needy) == "must: missing"


@pytest.mark.parametrize(
    ("message", "kind", "words"),
    [
        ("Expected `int`, got `str`", int, "limit: must be an integer"),
        ("Expected `int | null`, got `str`", int | None, "limit: must be an integer"),
        ("Expected `int` <= 50", int, "limit: must be <= 50"),
        ("Invalid enum value 'x'", Literal["a", "b"] | None, "limit: must be one of a, b"),
        ("Invalid enum value 'x'", list[Literal["a"]] | None, "limit: must be one of a"),
    ],
)
def test_a_parameter_is_a_text_so_its_type_is_no_fault(
    message: str, kind: object, words: str
) -> None:
    assert explain_message(message, kind, "limit") == words


def test_a_name_as_long_as_a_book_is_shown_by_its_beginning() -> None:
    message = f"Object contains unknown field `{'x' * 1000}`"
    assert len(explain_message(message, Needy)) < 200
