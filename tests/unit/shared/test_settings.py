"""Settings from the environment."""

from typing import Annotated

import msgspec
import pytest

from shared.errors import SettingsError
from shared.settings import read_settings, read_store_settings


class Example(msgspec.Struct, frozen=True, kw_only=True):
    needed: str
    deadline_s: Annotated[float, msgspec.Meta(gt=0)] = 2.0


def test_variables_become_fields_and_absent_ones_defaults() -> None:
    assert read_settings(Example, {"X_NEEDED": "a", "OTHER": "1"}, "X_") == Example(needed="a")
    given = {"X_NEEDED": "a", "X_DEADLINE_S": "0.5"}
    assert read_settings(Example, given, "X_").deadline_s == 0.5


@pytest.mark.parametrize(
    ("environ", "message"),
    [
        ({}, "needed"),
        ({"X_NEEDED": "a", "X_TYPO": "1"}, "unknown setting X_TYPO"),
        ({"X_NEEDED": "a", "X_DEADLINE_S": "soon"}, "float"),
        ({"X_NEEDED": "a", "X_DEADLINE_S": "0"}, "> 0"),
    ],
)
def test_bad_settings_are_refused(environ: dict[str, str], message: str) -> None:
    with pytest.raises(SettingsError, match=message):
        read_settings(Example, environ, "X_")


def test_the_store_has_defaults_and_ignores_strangers() -> None:
    assert read_store_settings({"REDIS_MAXMEMORY": "1"}).namespace == "butaca"
    settings = read_store_settings({"REDIS_URL": "redis://h/1", "BUTACA_NAMESPACE": "n"})
    assert (settings.url, settings.namespace) == ("redis://h/1", "n")
