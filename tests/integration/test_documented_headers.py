"""Every header that an answer of ours carries is in the OpenAPI document."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.integration.stack import whole_stack

KEY = "a-long-key-of-the-tests"
# Of the server and of the body; and what every answer tells browsers.
ORDINARY = {
    "content-security-policy",
    "cross-origin-resource-policy",
    "referrer-policy",
    "x-content-type-options",
    "x-frame-options",
    "content-type",
    "content-length",
    "content-encoding",
    "date",
    "server",
    "transfer-encoding",
}
ASKED = [
    ("GET /recomendacion", "/recomendacion?titulo=Movie%203"),
    ("GET /recomendacion/{titulo}", "/recomendacion/Movie%203"),
    ("GET /score_titulo", "/score_titulo?titulo=Movie%203"),
    ("GET /v1/movies", "/v1/movies?limit=2"),
    ("GET /v1/movies/{movie_id}", "/v1/movies/3"),
    ("GET /v1/movies/{movie_id}", "/v1/movies/999"),
    ("GET /v1/movies/{movie_id}/similar", "/v1/movies/3/similar?lang=es"),
    ("GET /v1/stats/releases", "/v1/stats/releases?by=month"),
    ("GET /v1/resolve", "/v1/resolve?title=movie%203"),
    ("GET /v1/suggest", "/v1/suggest?q=mov"),
    ("GET /v1/search", "/v1/search?q=ghost%20train"),
    ("GET /v1/people", "/v1/people?q=actor"),
    ("GET /v1/people/{person_id}", "/v1/people/103"),
    ("GET /v1/people/{person_id}/movies", "/v1/people/103/movies"),
    ("GET /v1/eda", "/v1/eda"),
    ("GET /v1/releases/{number}/report", "/v1/releases/1/report"),
    ("GET /v1/releases/{number}/tables/{table}", "/v1/releases/1/tables/cast"),
    ("GET /v1/jobs", "/v1/jobs"),
    ("GET /health/ready", "/health/ready"),
    ("GET /", "/"),
    ("POST /v1/recommendations", "/v1/recommendations"),
    ("POST /v1/movies/lookup", "/v1/movies/lookup"),
    ("POST /v1/jobs", "/v1/jobs"),
]
BODIES: dict[str, Any] = {
    "/v1/recommendations": {"positive": [3]},
    "/v1/movies/lookup": {"ids": [3]},
    "/v1/jobs": {},
}


@pytest.fixture(scope="module")
def url(redis_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    file: Path = tmp_path_factory.mktemp("keys") / "admin.key"
    file.write_text(KEY)
    with whole_stack(redis_url, "test-headers", admin_key_file=file) as gateway:
        yield gateway


@pytest.fixture(scope="module")
def document(url: str) -> dict[str, Any]:
    found: dict[str, Any] = httpx.get(f"{url}/schema/openapi.json").json()
    return found


@pytest.mark.parametrize(("operation", "path"), ASKED)
def test_headers_are_documented(
    url: str, document: dict[str, Any], operation: str, path: str
) -> None:
    method, template = operation.split(" ")
    headers = {"X-API-Key": KEY}
    answer = httpx.request(method, url + path, json=BODIES.get(path), headers=headers)
    response = document["paths"][template][method.lower()]["responses"][str(answer.status_code)]
    if "$ref" in response:
        response = document["components"]["responses"][response["$ref"].rsplit("/", 1)[1]]
    documented = {name.lower() for name in response["headers"]}
    assert set(answer.headers) - ORDINARY <= documented


def test_a_request_that_came_before_adds_none(url: str, document: dict[str, Any]) -> None:
    responses = document["paths"]["/v1/movies"]["get"]["responses"]
    for _ in range(3):
        answer = httpx.get(f"{url}/v1/movies?limit=2")
    again = httpx.get(
        f"{url}/v1/movies?limit=2", headers={"If-None-Match": answer.headers["etag"]}
    )
    assert again.status_code == 304
    shared = document["components"]["responses"]["NotModified"]
    for found, described in ((answer, responses["200"]), (again, shared)):
        assert set(found.headers) - ORDINARY <= {name.lower() for name in described["headers"]}
