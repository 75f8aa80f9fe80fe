"""How keys are made and checked."""

import datetime as dt

import pytest

from shared.api_keys import StoredKey, digest, is_secret_of, make_key, split_key
from shared.contracts.keys import KeyRequest

NOW = dt.datetime(2026, 3, 1, tzinfo=dt.UTC)


def test_a_key_has_256_random_bits_and_only_their_digest_is_stored() -> None:
    made = [make_key(KeyRequest(name="n", role="operator"), NOW) for _ in range(100)]
    assert len({each.key_id for each in made}) == len({each.text for each in made}) == 100
    for each in made:
        parts = split_key(each.text)
        assert parts is not None
        key_id, secret = parts
        assert (key_id, len(secret)) == (each.key_id, 43)
        assert each.stored.sha256 == digest(secret)
        assert secret not in repr(each.stored)
        assert is_secret_of(secret, each.stored)
        assert not is_secret_of(secret[:-1], each.stored)


@pytest.mark.parametrize(
    "text", ["", "butaca", "butaca_", "butaca_id", "butaca_id_", "butaca__x", "other_id_x", "\xff"]
)
def test_other_texts_are_no_keys(text: str) -> None:
    assert split_key(text) is None


def test_a_secret_may_have_any_letter_that_they_are_made_of() -> None:
    assert split_key("butaca_id_a_b-c_") == ("id", "a_b-c_")


def test_nothing_is_the_secret_of_no_entry() -> None:
    assert not is_secret_of("", None)
    assert not is_secret_of("x", None)


@pytest.mark.parametrize(("seconds", "is_over"), [(86_399, False), (86_400, True)])
def test_a_key_ends_when_it_says(seconds: int, *, is_over: bool) -> None:
    stored = make_key(KeyRequest(name="n", expires_in_days=1), NOW).stored
    assert stored.is_over(NOW + dt.timedelta(seconds=seconds)) is is_over
    assert not make_key(KeyRequest(name="n"), NOW).stored.is_over(NOW + dt.timedelta(days=9999))


def test_an_entry_says_who_and_what_for() -> None:
    stored = make_key(KeyRequest(name="dashboards", role="read", expires_in_days=2), NOW).stored
    assert stored == StoredKey(
        sha256=stored.sha256,
        role="read",
        name="dashboards",
        created_at=NOW,
        expires_at=NOW + dt.timedelta(days=2),
    )
