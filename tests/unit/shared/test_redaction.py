"""What looks like a key is taken out of what is said about a request."""

import datetime as dt

import pytest

from shared.api_keys import make_key
from shared.contracts.keys import KeyRequest
from shared.http.request_id import RequestIds
from shared.redaction import without_keys, without_secrets
from tests.unit.gateway.answers import scope

KEY = make_key(KeyRequest(name="n"), dt.datetime.now(dt.UTC)).text


@pytest.mark.parametrize("text", ["{}", "x {} y", "/v1/{}?a", "{}/{}", "«{}»"])
def test_keys_are_gone_and_the_rest_stays(text: str) -> None:
    said = text.replace("{}", KEY)
    assert without_keys(said) == without_secrets(said) == text.replace("{}", "…")


@pytest.mark.parametrize(
    "text", ["butaca", "X-Butaca-Release", "butaca up", "Set BUTACA_GATEWAY_ADMIN_KEY_FILE."]
)
def test_ordinary_words_stay(text: str) -> None:
    assert without_keys(text) == without_secrets(text) == text


@pytest.mark.parametrize(("length", "is_shown"), [(31, True), (32, False)])
def test_long_random_parts_of_an_address_are_gone(length: int, *, is_shown: bool) -> None:
    text = "/v1/" + "a1-_" * 8
    assert (without_secrets(text[: 4 + length]) == text[: 4 + length]) is is_shown
    assert without_keys(text) == text


def test_a_key_is_no_request_id() -> None:
    ids = RequestIds()
    assert ids.of(scope((b"x-request-id", KEY.encode()))) != KEY
    assert ids.of(scope((b"x-request-id", b"butaca.7"))) == "butaca.7"
