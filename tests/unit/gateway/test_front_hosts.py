"""Which names are answered to, and which paths are treated apart."""

import pytest

from services.gateway.front.hosts import AllowedHosts
from services.gateway.front.places import is_health, is_public, is_stream

HOSTS = AllowedHosts(["films.example", "*.Films.example", "127.0.0.1", "[::1]"])


@pytest.mark.parametrize(
    "host",
    [
        b"films.example",
        b"FILMS.example:8000",
        b"films.example.",
        b"a.b.films.example:1",
        b"127.0.0.1:8000",
        b"[::1]",
        b"[::1]:8000",
    ],
)
def test_an_allowed_name_is_answered_on_any_port(host: bytes) -> None:
    assert HOSTS.allow(host)


@pytest.mark.parametrize(
    "host",
    [
        b"",
        b"evil.example",
        b"films.example.evil.example",
        b"evilfilms.example",
        b"films.example@evil.example",
        b"films.example:80:80",
        b"[::2]",
        b"\xff",
    ],
)
def test_another_name_is_not(host: bytes) -> None:
    assert not HOSTS.allow(host)


@pytest.mark.parametrize("names", [[], ["*"], ["films.example", "*"]])
def test_without_a_list_or_with_a_star_every_name_is(names: list[str]) -> None:
    assert AllowedHosts(names).allow(b"whatever")
    assert AllowedHosts(names).allow(b"")


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/health/live", True),
        ("/health/ready", True),
        ("/health", False),
        ("/health/", False),
        ("/health/nowhere", False),
        ("/healthy/live", False),
        ("//health/live", False),
        ("/v1/health/live", False),
    ],
)
def test_health_is_two_paths(path: str, *, expected: bool) -> None:
    assert is_health(path) is expected


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        *((path, True) for path in ("/", "/docs", "/docs/start.js", "/schema/openapi.json")),
        *((path, True) for path in ("/schema", "/health/ready", "/metrics")),
        *((path, False) for path in ("/v1/movies", "/docsx", "//", "", "/recomendacion/docs/")),
        *((path, False) for path in ("/eda", "/schemata", "//docs/x")),
    ],
)
def test_public_paths_are_few(path: str, *, expected: bool) -> None:
    assert is_public(path) is expected


@pytest.mark.parametrize(
    ("method", "path", "expected"),
    [
        ("GET", "/v1/jobs/build-1/events", True),
        ("GET", "/v1/releases/7/export", True),
        ("GET", "/v1/releases/7/tables/cast", True),
        ("POST", "/v1/releases", True),
        ("GET", "/v1/releases", False),
        ("POST", "/v1/jobs/build-1/events", False),
        ("POST", "/v1/jobs", False),
        ("GET", "/recomendacion/events", False),
        ("GET", "/v1/movies/3/similar", False),
    ],
)
def test_streams_are_known_by_their_paths(method: str, path: str, *, expected: bool) -> None:
    assert is_stream(method, path) is expected
