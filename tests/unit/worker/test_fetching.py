"""Sources behind https://, from a real server with a certificate of its own."""

import http.server
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from shared.errors import SourceError
from tests.tls_server import Shelf, tls_server
from worker import fetching
from worker.fetching import Bounds, fetch_source

Handler = http.server.BaseHTTPRequestHandler


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shelf]:
    with tls_server(tmp_path_factory.mktemp("tls")) as shelf:
        yield shelf


@pytest.fixture
def shelf(server: Shelf) -> Shelf:
    server.files = {"movies.csv": b"id\n1\n", "credits.csv.gz": b"packed"}
    server.asked.clear()
    return server


def fetch(
    shelf: Shelf,
    folder: Path,
    *,
    max_bytes: int = 1000,
    timeout_s: float = 20,
    address: str | None = None,
) -> list[tuple[int, int]]:
    heard: list[tuple[int, int]] = []
    bounds = Bounds(max_bytes, timeout_s, str(shelf.ca_file))
    fetch_source(
        address or shelf.address,
        folder,
        bounds,
        lambda done, total: heard.append((done, total)),
    )
    return heard


def ignore(done: int, total: int) -> None:
    """Hear nothing."""


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir() if not path.name.endswith(".kept.json")}


def test_the_known_files_are_brought_and_nothing_else(shelf: Shelf, tmp_path: Path) -> None:
    shelf.files["other.csv"] = b"x"
    folder = tmp_path / "kept"
    heard = fetch(shelf, folder)
    assert names(folder) == {"movies.csv", "credits.csv.gz"}
    assert (folder / "movies.csv").read_bytes() == b"id\n1\n"
    assert heard == [(5, 5), (6, 6)]
    assert folder.stat().st_mode & 0o777 == 0o700
    assert all(headers["accept-encoding"] == "identity" for _, _, headers in shelf.asked)


def test_a_server_does_not_say_how_long_to_wait(shelf: Shelf, tmp_path: Path) -> None:
    def ask_to_wait(handler: Handler) -> None:
        handler.send_response(503)
        handler.send_header("Retry-After", "3600")
        handler.send_header("Content-Length", "0")
        handler.end_headers()

    shelf.files["movies.csv"] = ask_to_wait
    began = time.monotonic()
    with pytest.raises(SourceError, match="answered 503"):
        fetch(shelf, tmp_path)
    assert time.monotonic() - began < 20


def test_what_has_not_changed_is_not_sent_again(shelf: Shelf, tmp_path: Path) -> None:
    fetch(shelf, tmp_path)
    shelf.files["movies.csv"] = b"id\n2\n"
    shelf.asked.clear()
    fetch(shelf, tmp_path)
    assert shelf.statuses() == {"/films/movies.csv": 200, "/films/credits.csv.gz": 304}
    assert (tmp_path / "movies.csv").read_bytes() == b"id\n2\n"
    # One that was lost here is asked for whole.
    (tmp_path / "movies.csv").unlink()
    fetch(shelf, tmp_path)
    assert (tmp_path / "movies.csv").read_bytes() == b"id\n2\n"


def test_a_file_that_has_gone_there_goes_here(shelf: Shelf, tmp_path: Path) -> None:
    shelf.files["keywords.csv"] = b"k"
    fetch(shelf, tmp_path)
    assert "keywords.csv" in names(tmp_path)
    del shelf.files["keywords.csv"]
    shelf.files["movies_dataset.csv.zst"] = shelf.files.pop("movies.csv")
    fetch(shelf, tmp_path)
    assert names(tmp_path) == {"movies_dataset.csv.zst", "credits.csv.gz"}


def test_a_missing_file_is_named(shelf: Shelf, tmp_path: Path) -> None:
    del shelf.files["credits.csv.gz"]
    with pytest.raises(SourceError, match=r"holds no credits file; looked for credits\.csv"):
        fetch(shelf, tmp_path)


def test_a_user_and_a_password_are_sent_and_never_shown(shelf: Shelf, tmp_path: Path) -> None:
    address = shelf.address.replace("https://", "https://me:hun%40ter2@")
    fetch(shelf, tmp_path, address=address)
    assert shelf.asked[0][2]["authorization"] == "Basic bWU6aHVuQHRlcjI="
    del shelf.files["movies.csv"]
    with pytest.raises(SourceError) as caught:
        fetch(shelf, tmp_path, address=address)
    assert "hun" not in str(caught.value)
    assert not any(b"hun" in path.read_bytes() for path in tmp_path.iterdir())


def test_a_server_that_cannot_prove_who_it_is_gets_nothing(shelf: Shelf, tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"cannot be fetched.*certificate"):
        fetch_source(shelf.address, tmp_path, Bounds(1000, 20), ignore)
    other = shelf.address.replace("localhost", "127.0.0.1")
    with pytest.raises(SourceError, match="cannot be fetched"):
        fetch(shelf, tmp_path, address=other)
    assert shelf.asked == []


def test_nobody_there_is_said_in_a_sentence(
    shelf: Shelf, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fetching, "_TRIES", 0)
    with pytest.raises(SourceError, match=r"https://localhost:1/films/.* cannot be fetched"):
        fetch(shelf, tmp_path, address="https://localhost:1/films/")


@pytest.mark.parametrize(("size", "is_taken"), [(1000, True), (1001, False)])
@pytest.mark.parametrize("is_declared", [True, False])
def test_a_file_may_be_as_large_as_allowed_and_no_larger(
    shelf: Shelf, tmp_path: Path, size: int, *, is_taken: bool, is_declared: bool
) -> None:
    def answer(handler: Handler) -> None:
        handler.send_response(200)
        if is_declared:
            handler.send_header("Content-Length", str(size))
        else:
            handler.send_header("Connection", "close")
            handler.close_connection = True
        handler.end_headers()
        handler.wfile.write(b"x" * size)

    shelf.files["movies.csv"] = answer
    if is_taken:
        fetch(shelf, tmp_path)
        assert (tmp_path / "movies.csv").stat().st_size == size
    else:
        with pytest.raises(SourceError, match="more than the 1,000 bytes"):
            fetch(shelf, tmp_path)
        assert not (tmp_path / "movies.csv").exists()


def answers(status: int, **headers: str) -> Callable[[Handler], None]:
    def answer(handler: Handler) -> None:
        handler.send_response(status)
        handler.send_header("Content-Length", "2")
        for name, value in headers.items():
            handler.send_header(name.replace("_", "-"), value)
        handler.end_headers()
        handler.wfile.write(b"xy")

    return answer


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_a_redirection_is_not_followed(shelf: Shelf, tmp_path: Path, status: int) -> None:
    shelf.files["movies_dataset.csv"] = answers(status, Location="https://localhost:1/stolen")
    with pytest.raises(SourceError, match=f"answered {status}; it must answer 200 itself"):
        fetch(shelf, tmp_path)


@pytest.mark.parametrize("status", [204, 304, 401, 403, 500])
def test_any_other_status_is_a_failure_and_not_an_absent_file(
    shelf: Shelf, tmp_path: Path, status: int
) -> None:
    shelf.files["movies_dataset.csv"] = answers(status)
    with pytest.raises(SourceError, match=rf"movies_dataset\.csv answered {status}"):
        fetch(shelf, tmp_path)


def test_what_is_kept_from_elsewhere_is_not_unchanged(shelf: Shelf, tmp_path: Path) -> None:
    fetch(shelf, tmp_path)
    note = tmp_path / "movies.csv.kept.json"
    note.write_bytes(note.read_bytes().replace(b"localhost", b"elsewhere"))
    shelf.files["movies.csv"] = answers(304)
    with pytest.raises(SourceError, match="answered 304"):
        fetch(shelf, tmp_path)


def test_an_encoding_that_nobody_asked_for_is_refused(shelf: Shelf, tmp_path: Path) -> None:
    shelf.files["movies.csv"] = answers(200, Content_Encoding="gzip")
    with pytest.raises(SourceError, match="not asked for"):
        fetch(shelf, tmp_path)


def test_a_body_that_breaks_off_leaves_the_old_file(shelf: Shelf, tmp_path: Path) -> None:
    fetch(shelf, tmp_path)

    def answer(handler: Handler) -> None:
        handler.send_response(200)
        handler.send_header("Content-Length", "500")
        handler.end_headers()
        handler.wfile.write(b"half")
        handler.close_connection = True

    shelf.files["movies.csv"] = answer
    with pytest.raises(SourceError, match="broke off"):
        fetch(shelf, tmp_path)
    assert (tmp_path / "movies.csv").read_bytes() == b"id\n1\n"
    assert not (tmp_path / "movies.csv.part").exists()
    shelf.files["movies.csv"] = b"id\n3\n"
    fetch(shelf, tmp_path)
    assert names(tmp_path) == {"movies.csv", "credits.csv.gz"}


def test_a_server_that_drips_is_left_at_the_deadline(shelf: Shelf, tmp_path: Path) -> None:
    def answer(handler: Handler) -> None:
        handler.send_response(200)
        handler.send_header("Content-Length", "1000")
        handler.end_headers()
        for _ in range(100):
            handler.wfile.write(b"x")
            handler.wfile.flush()
            time.sleep(0.05)

    shelf.files["movies.csv"] = answer
    began = time.monotonic()
    with pytest.raises(SourceError, match="took longer than the 0"):
        fetch(shelf, tmp_path, timeout_s=0.4)
    assert time.monotonic() - began < 3


def test_a_folder_that_cannot_be_written_is_said(shelf: Shelf, tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(SourceError, match="cannot be written"):
        fetch(shelf, tmp_path / "file" / "kept")
