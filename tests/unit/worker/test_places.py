"""The configured sources."""

from pathlib import Path

import pytest

from shared.errors import SettingsError, SourceUnknownError
from worker.places import is_remote, local_folder, parse_places, require_place
from worker.settings import read_worker_settings


def test_each_source_has_a_name_and_a_folder_or_an_address() -> None:
    places = parse_places(" nightly = /in/nightly , far=https://user:pw@host:8443/films/ ,")
    assert places == {"nightly": "/in/nightly", "far": "https://user:pw@host:8443/films/"}
    assert local_folder(places["nightly"]) == Path("/in/nightly")
    assert local_folder(places["far"]) is None
    assert is_remote(places["far"])
    assert parse_places("") == {}


@pytest.mark.parametrize(
    "text",
    [
        "/in/nightly",
        "=/in",
        "Nightly=/in",
        "-x=/in",
        f"{'a' * 41}=/in",
        "a=",
        "a=/x,a=/y",
        "a=http://host/",
        "a=file:///etc/",
        "a=s3://bucket/",
        "a=HTTPS://host/",
        "a=https:///films/",
        "a=https://host:99999/",
        "a=https://host/?q=secret",
        "a=https://host/#secret",
    ],
)
def test_what_is_no_source_is_refused_without_showing_it(text: str) -> None:
    with pytest.raises(SettingsError) as caught:
        parse_places(text)
    assert "secret" not in str(caught.value)
    assert "BUTACA_WORKER_SOURCES" in str(caught.value)


def test_a_name_may_have_forty_characters() -> None:
    assert list(parse_places(f"{'a' * 40}=/in")) == ["a" * 40]


def test_a_name_that_is_not_configured_is_unknown() -> None:
    assert require_place({"a": "/in"}, "a") == "/in"
    with pytest.raises(SourceUnknownError, match="known: a"):
        require_place({"a": "/in"}, "../etc")
    with pytest.raises(SourceUnknownError, match="known: none"):
        require_place({}, "a")


def test_an_address_needs_a_folder_for_its_files() -> None:
    environ = {"BUTACA_WORKER_SOURCES": "far=https://host/films/"}
    with pytest.raises(SettingsError, match="BUTACA_WORKER_CACHE"):
        read_worker_settings(environ)
    settings = read_worker_settings({**environ, "BUTACA_WORKER_CACHE": "/kept"})
    assert settings.places == {"far": "https://host/films/"}
    assert read_worker_settings({"BUTACA_WORKER_SOURCES": "near=/in"}).cache == ""


def test_a_wrong_source_is_refused_with_the_settings_whatever_else_they_hold() -> None:
    for more in ({}, {"BUTACA_WORKER_CACHE": "/kept"}):
        with pytest.raises(SettingsError, match="write name=folder"):
            read_worker_settings({"BUTACA_WORKER_SOURCES": "Foo=/in", **more})
