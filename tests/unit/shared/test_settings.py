"""Settings from the environment."""

from pathlib import Path
from typing import Annotated

import msgspec
import pytest

from shared.errors import SettingsError
from shared.settings import read_settings, read_store_settings


class Example(msgspec.Struct, frozen=True, kw_only=True):
    needed: str
    deadline_s: Annotated[float, msgspec.Meta(gt=0)] = 2.0
    names: tuple[str, ...] = ()


def test_variables_become_fields_and_absent_ones_defaults() -> None:
    assert read_settings(Example, {"X_NEEDED": "a", "OTHER": "1"}, "X_") == Example(needed="a")
    given = {"X_NEEDED": "a", "X_DEADLINE_S": "0.5"}
    assert read_settings(Example, given, "X_").deadline_s == 0.5


@pytest.mark.parametrize(
    ("environ", "message"),
    [
        ({}, r"^bad setting X_\*: .*needed"),
        ({"X_NEEDED": "a", "X_TYPO": "1"}, "unknown setting X_TYPO"),
        ({"X_NEEDED": "a", "X_DEADLINE_S": "soon"}, "^bad setting X_DEADLINE_S: Expected `float`"),
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


@pytest.mark.parametrize(
    ("text", "names"), [("", ()), ("a", ("a",)), (" a, b ,,c,", ("a", "b", "c"))]
)
def test_a_tuple_is_a_list_with_commas(text: str, names: tuple[str, ...]) -> None:
    assert read_settings(Example, {"X_NEEDED": "a", "X_NAMES": text}, "X_").names == names


def test_what_is_wrong_with_a_setting_is_said_without_its_value() -> None:
    with pytest.raises(SettingsError) as caught:
        read_settings(Example, {"X_NEEDED": "a", "X_DEADLINE_S": "a-secret"}, "X_")
    assert "a-secret" not in caught.value.message


@pytest.mark.parametrize(("value", "keep"), [("", 3), ("1", 1), ("50", 50)])
def test_as_many_releases_are_kept_as_the_setting_says(value: str, keep: int) -> None:
    assert read_store_settings({"BUTACA_KEEP_RELEASES": value}).keep_releases == keep


@pytest.mark.parametrize("value", ["0", "51", "-1", "three", "1.5"])
def test_a_bad_number_of_releases_is_refused(value: str) -> None:
    with pytest.raises(SettingsError, match="BUTACA_KEEP_RELEASES"):
        read_store_settings({"BUTACA_KEEP_RELEASES": value})


@pytest.mark.parametrize(
    ("content", "key"),
    [
        (b"", None),
        (b" \n", None),
        (b"0123456789abcdef\n", b"0123456789abcdef"),
        (b"0123456789abcdef0", b"0123456789abcdef0"),
    ],
)
def test_the_signing_key_is_what_its_file_holds(
    tmp_path: Path, content: bytes, key: bytes | None
) -> None:
    file = tmp_path / "signing.key"
    file.write_bytes(content)
    assert read_store_settings({"BUTACA_SIGNING_KEY_FILE": str(file)}).signing_key == key


def test_there_is_no_signing_key_unless_a_file_is_named() -> None:
    assert read_store_settings({}).signing_key is None
    assert read_store_settings({"BUTACA_SIGNING_KEY_FILE": ""}).signing_key is None
    assert read_store_settings({"BUTACA_SIGNING_KEY_FILE": "/dev/null"}).signing_key is None


def test_a_signing_key_that_cannot_be_used_is_refused(tmp_path: Path) -> None:
    short = tmp_path / "short.key"
    short.write_bytes(b"0123456789abcde\n")
    for file, message in ((short, "15 bytes"), (tmp_path / "none", "No such file")):
        with pytest.raises(SettingsError, match=message):
            read_store_settings({"BUTACA_SIGNING_KEY_FILE": str(file)})


def test_the_settings_of_the_store_show_no_secret(tmp_path: Path) -> None:
    file = tmp_path / "signing.key"
    file.write_bytes(b"0123456789abcdef")
    environ = {"BUTACA_SIGNING_KEY_FILE": str(file), "REDIS_URL": "redis://:pass@h/1"}
    shown = f"{read_store_settings(environ)!r} {read_store_settings(environ)}"
    assert "pass" not in shown
    assert "0123456789" not in shown
