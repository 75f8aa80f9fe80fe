"""What releases tell of themselves, through the real gateway and queries and a real Redis."""

import csv
import io
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import polars as pl
import pytest

from cli.errors import CommandError
from cli.ops import OpsClient
from services.gateway.app import create_app
from services.gateway.settings import GatewaySettings
from services.queries.app import create_app as create_queries
from services.queries.settings import QueriesSettings
from shared.queue import JobQueue
from shared.redis_client import connect
from shared.redis_keys import RedisKeys
from shared.releases.store import ReleaseStore
from tests.contract.upstreams import serving
from tests.factories import artifacts_of, manifest_of, publish_release, small_catalogue
from worker.etl.schemas import CAST

KEY = "una-clave-larga"
KEYED = {"X-API-Key": KEY}
LATEST = ("build_report", "eda", "page_es", "page_en", "scorecard")


@pytest.fixture
def url(redis_url: str, redis_keys: RedisKeys, tmp_path: Path) -> Iterator[str]:
    """A gateway in front of queries; of the recommender nothing is asked."""
    key_file = tmp_path / "admin.key"
    key_file.write_text(KEY)
    own = connect(redis_url)
    queries = create_queries(
        QueriesSettings(poll_s=0.05), ReleaseStore(connect(redis_url), redis_keys)
    )
    with serving(queries) as upstream:
        settings = GatewaySettings(
            queries_url=upstream, recommender_url=upstream, admin_key_file=key_file, poll_s=0.05
        )
        queue = JobQueue(own, redis_keys)
        with serving(create_app(settings, queue=queue, store=ReleaseStore(own, redis_keys))) as up:
            yield up
    own.close()


@pytest.fixture
def artifacts() -> dict[str, bytes]:
    return artifacts_of(*small_catalogue(["=1+1", "Amélie"], movies=20))


def served(url: str, label: str) -> None:
    """Wait until a release answers."""
    for _ in range(200):
        if httpx.get(f"{url}/v1/eda").headers.get("x-butaca-release") == label:
            return
        time.sleep(0.05)
    raise AssertionError(label)


def test_what_changes_within_a_release_has_no_tag(
    url: str, store: ReleaseStore, artifacts: dict[str, bytes]
) -> None:
    first = publish_release(store, artifacts)
    served(url, first.label)
    for name in ("report", "scorecard"):
        answer = httpx.get(f"{url}/v1/releases/{first.number}/{name}")
        assert answer.json()["is_live"] is True
        assert "etag" not in answer.headers
        assert answer.headers["cache-control"] == "no-store"
    second = publish_release(store, artifacts_of(*small_catalogue(movies=25)))
    served(url, second.label)
    for name in ("report", "scorecard"):
        answer = httpx.get(
            f"{url}/v1/releases/{first.number}/{name}", headers={"If-None-Match": "*"}
        )
        assert (answer.status_code, answer.json()["is_live"]) == (200, False)


def test_the_report_comes_in_pages(
    url: str, store: ReleaseStore, artifacts: dict[str, bytes]
) -> None:
    ref = publish_release(store, artifacts)
    served(url, ref.label)
    path = f"{url}/v1/releases/{ref.number}/report"
    first = httpx.get(path, params={"limit": 2})
    assert first.headers["x-butaca-release"] == ref.label
    body = first.json()
    assert (body["is_live"], body["refused"], body["counts"]["movies"]) == (True, [], 20)
    (step,) = body["steps"]
    assert step["rows_in"] == step["rows_out"] + sum(step["lost"].values())
    page = body["quarantine"]
    assert (page["total"], page["next_offset"]) == (3, 2)
    assert [row["line"] for row in page["items"]] == [2, 3]
    last = httpx.get(path, params={"offset": 2}).json()["quarantine"]
    assert [row["line"] for row in last["items"]] == [4]
    assert last["next_offset"] is None


@pytest.mark.parametrize(
    "query", ["limit=0", "limit=1001", "offset=-1", "limit=x", "ofset=1", "lang=es"]
)
def test_a_page_has_bounds(url: str, query: str) -> None:
    assert httpx.get(f"{url}/v1/releases/1/report?{query}").status_code == 400


def test_older_and_refused_releases_have_reports_too(
    url: str, store: ReleaseStore, artifacts: dict[str, bytes]
) -> None:
    old = publish_release(store, artifacts)
    live = publish_release(store, artifacts)
    refused = store.keep_candidate(manifest_of(artifacts, store.next_number()), ["too few movies"])
    reports = [
        httpx.get(f"{url}/v1/releases/{ref.number}/report").json() for ref in (old, live, refused)
    ]
    assert [report["is_live"] for report in reports] == [False, True, False]
    assert [report["refused"] for report in reports] == [[], [], ["too few movies"]]


def test_score_cards_are_read_by_number(
    url: str, store: ReleaseStore, artifacts: dict[str, bytes]
) -> None:
    old = publish_release(store, artifacts)
    live = publish_release(store, artifacts)
    refused = store.keep_candidate(
        manifest_of(artifacts, store.next_number()), ["1 movie recommends itself: 3"]
    )
    client = OpsClient(url)
    cards = [client.scorecard(ref.number) for ref in (old, live, refused)]
    assert [card.release for card in cards] == [old.label, live.label, refused.label]
    assert [card.is_live for card in cards] == [False, True, False]
    assert [card.refused for card in cards] == [[], [], ["1 movie recommends itself: 3"]]
    assert {card.card.movies for card in cards} == {20}
    answer = httpx.get(f"{url}/v1/releases/{live.number}/scorecard")
    assert answer.headers["x-butaca-release"] == live.label
    assert answer.json()["card"]["fill_rate"] == 1.0
    assert httpx.get(f"{answer.url}?lang=es").status_code == 400


@pytest.mark.parametrize("document", ["report", "scorecard"])
def test_an_unknown_release_is_a_problem_document(url: str, document: str) -> None:
    answer = httpx.get(f"{url}/v1/releases/99/{document}")
    assert (answer.status_code, answer.json()["code"]) == (404, "release_not_found")


def test_the_analysis_is_json_and_a_page_in_two_languages(
    url: str, store: ReleaseStore, artifacts: dict[str, bytes]
) -> None:
    ref = publish_release(store, artifacts)
    served(url, ref.label)
    assert httpx.get(f"{url}/v1/eda").json() == {"movies": 20}
    for lang, words in (("", "Análisis"), ("?lang=es", "Análisis"), ("?lang=en", "Analysis")):
        for _ in range(2):  # from the service, then from the gateway's cache
            page = httpx.get(f"{url}/eda{lang}")
            assert page.headers["content-type"] == "text/html; charset=utf-8"
            assert "default-src 'none'" in page.headers["content-security-policy"]
            assert words in page.text
    assert httpx.get(f"{url}/eda?lang=fr").status_code == 400


def test_a_release_of_an_older_version_serves_without_an_analysis(
    url: str, store: ReleaseStore, artifacts: dict[str, bytes]
) -> None:
    older = {name: data for name, data in artifacts.items() if name not in LATEST}
    ref = publish_release(store, older)
    until = time.monotonic() + 10
    while httpx.get(f"{url}/v1/movies/1").status_code != 200 and time.monotonic() < until:
        time.sleep(0.05)
    assert httpx.get(f"{url}/v1/movies/1").status_code == 200
    by_number = [f"/v1/releases/{ref.number}/{document}" for document in ("report", "scorecard")]
    for path in ("/eda", "/v1/eda", *by_number):
        answer = httpx.get(url + path)
        assert (answer.status_code, answer.json()["code"]) == (404, "artifact_not_found"), path


def test_tables_are_saved_as_parquet_and_as_csv(
    url: str, store: ReleaseStore, artifacts: dict[str, bytes], tmp_path: Path
) -> None:
    number = publish_release(store, artifacts).number
    client = OpsClient(url, KEY)
    base = f"/v1/releases/{number}/tables"
    (tmp_path / "out").mkdir()
    client.save(f"{base}/cast", tmp_path / "out" / "cast.parquet")
    assert pl.read_parquet(tmp_path / "out" / "cast.parquet").schema == CAST
    client.save(f"{base}/movies?format=csv", tmp_path / "movies.csv")
    text = (tmp_path / "movies.csv").read_text("utf-8-sig")
    titles = [row["title"] for row in csv.DictReader(io.StringIO(text))]
    assert titles[:2] == ["'=1+1", "Amélie"]
    assert [path.name for path in tmp_path.glob("out/*")] == ["cast.parquet"]


def test_tables_are_for_operators(
    url: str, store: ReleaseStore, artifacts: dict[str, bytes], tmp_path: Path
) -> None:
    number = publish_release(store, artifacts).number
    path = f"/v1/releases/{number}/tables/movies"
    assert httpx.get(url + path).status_code == 401
    with pytest.raises(CommandError, match="unauthenticated"):
        OpsClient(url).save(path, tmp_path / "movies.parquet")
    assert list(tmp_path.glob("*.parquet")) == []


@pytest.mark.parametrize(
    ("path", "status"),
    [("1/tables/crew", 400), ("1/tables/movies?format=xls", 400), ("77/tables/movies", 404)],
)
def test_other_tables_and_forms_are_refused(url: str, path: str, status: int) -> None:
    assert httpx.get(f"{url}/v1/releases/{path}", headers=KEYED).status_code == status
