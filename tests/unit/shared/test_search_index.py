"""The bytes of the lexical index."""

import tempfile
from pathlib import Path

import msgspec
import pytest

from shared.errors import ReleaseCorruptError, ReleaseSchemaError
from shared.search_index import open_index, prior, searchable, stored_prior
from tests.factories import small_catalogue
from worker.search.build import build_search_index

MAGIC = b"butaca search 1\n"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where temporary folders are made, here alone."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


@pytest.fixture(scope="module")
def data() -> bytes:
    return build_search_index(*small_catalogue())


def packed(files: dict[str, bytes]) -> bytes:
    return MAGIC + msgspec.msgpack.encode(files)


def test_an_index_is_opened_and_nothing_stays_on_disk(data: bytes, folder: Path) -> None:
    index = open_index(data)
    assert index.searcher().num_docs == 12
    assert list(folder.iterdir()) == []


def test_many_indexes_leave_neither_folders_nor_mapped_files(data: bytes, folder: Path) -> None:
    def mapped() -> int:
        return Path("/proc/self/maps").read_text().count("butaca-search-")

    before = mapped()
    for _ in range(20):
        index = open_index(data)
        assert index.searcher().num_docs == 12
        assert mapped() > before
        del index
    assert mapped() == before
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize(
    "name",
    ["../escaped.idx", "/escaped.idx", "a/b.idx", "escaped.sh", "..", "", "x.idx\n", "A.idx"],
)
def test_a_file_of_another_name_is_refused(folder: Path, name: str) -> None:
    with pytest.raises(ReleaseCorruptError, match="no file named"):
        open_index(packed({name: b"x"}))
    assert list(folder.parent.rglob("escaped*")) == []
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize(
    "broken", [b"", b"PAR1", MAGIC, MAGIC + b"\xc1", MAGIC + b"\x93\x01\x02\x03"]
)
def test_other_bytes_are_refused(broken: bytes, folder: Path) -> None:
    with pytest.raises(ReleaseCorruptError):
        open_index(broken)
    assert list(folder.iterdir()) == []


def test_an_index_that_tantivy_cannot_open_is_of_another_version(folder: Path) -> None:
    with pytest.raises(ReleaseSchemaError):
        open_index(packed({"meta.json": b"{}"}))
    assert list(folder.iterdir()) == []


def test_a_weight_grows_with_the_votes_from_one() -> None:
    assert prior(0) == prior(-1) == 1.0
    assert prior(9) == pytest.approx(1.4)
    assert prior(99) == pytest.approx(1.8)


def test_what_is_stored_for_a_weight_gives_it_back() -> None:
    assert stored_prior(0) == pytest.approx(0.0)
    assert stored_prior(9) == pytest.approx(2**1.4 - 2)


def test_texts_are_searched_without_apostrophes_and_odd_forms() -> None:
    assert searchable("Ocean’s ﬁlm") == "Oceans film"  # noqa: RUF001  # as texts have them
