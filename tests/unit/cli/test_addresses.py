"""Addresses of a gateway, and ids in a path."""

import pytest

from cli.addresses import is_of_this_machine, path_part, require_address
from cli.errors import CommandError


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:8000",
        "https://films.example/butaca/",
        "http://[::1]:1",
        "http://gateway:65535",
    ],
)
def test_an_http_address_is_taken(url: str) -> None:
    require_address(url)


@pytest.mark.parametrize(
    "url",
    [
        "foo",
        "localhost:8000",
        "ftp://films.example",
        "http://",
        "http://films.example:0",
        "http://films.example:65536",
        "http://films.example:web",
        "http://[::1",
        "http://films.example?a=b",
        "",
    ],
)
def test_anything_else_is_no_address(url: str) -> None:
    with pytest.raises(CommandError, match="is no http address such as http://127"):
        require_address(url)


def test_a_password_in_an_address_is_not_shown() -> None:
    with pytest.raises(CommandError) as refused:
        require_address("http://ada:secret@films.example")
    assert str(refused.value).startswith("films.example is no http address")


@pytest.mark.parametrize(
    ("url", "stays"),
    [
        ("http://127.0.0.1:8000", True),
        ("http://127.1.2.3", True),
        ("http://localhost:8000/butaca", True),
        ("http://[::1]:8000", True),
        ("http://0.0.0.0:8000", True),
        ("http://192.168.1.7:8000", False),
        ("http://127.0.0.1.films.example", False),
        ("http://localhost.films.example", False),
        ("https://films.example", False),
    ],
)
def test_only_an_address_of_this_machine_is_one(url: str, stays: bool) -> None:  # noqa: FBT001
    assert is_of_this_machine(url) is stays


@pytest.mark.parametrize(
    ("name", "part"),
    [("build-7", "build-7"), ("../keys", "..%2Fkeys"), (".", "%2E"), ("..", "%2E%2E")],
)
def test_an_id_is_one_part_of_a_path(name: str, part: str) -> None:
    assert path_part(name) == part


def test_an_empty_id_is_refused() -> None:
    with pytest.raises(CommandError, match="An id is needed"):
        path_part("")
