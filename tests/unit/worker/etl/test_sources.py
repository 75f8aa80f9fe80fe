"""Finding and unpacking the input files."""

import gzip
import hashlib
from pathlib import Path

import pytest
import zstandard

from shared.errors import SourceError
from tests.unit.worker.etl.factories import source, write_packed
from worker.etl.sources import find_sources, require_unchanged, unpack


def touch(folder: Path, *names: str) -> None:
    for name in names:
        (folder / name).write_bytes(b"id\n1\n")


def test_movies_come_first_then_credits_then_keywords(tmp_path: Path) -> None:
    touch(tmp_path, "keywords.csv", "credits.csv", "movies_dataset.csv", "ratings.csv")
    assert [found.name for found in find_sources(tmp_path)] == ["movies", "credits", "keywords"]


@pytest.mark.parametrize(
    "name", ["movies_metadata.csv", "movies.csv.gz", "tmdb_5000_movies.csv.zst"]
)
def test_every_documented_name_is_found_packed_or_not(tmp_path: Path, name: str) -> None:
    touch(tmp_path, name, "tmdb_5000_credits.csv")
    assert [found.path.name for found in find_sources(tmp_path)] == [name, "tmdb_5000_credits.csv"]


def test_digest_and_size_are_those_of_the_stored_bytes(tmp_path: Path) -> None:
    touch(tmp_path, "credits.csv")
    write_packed(tmp_path / "movies.csv.gz", b"id\n1\n")
    stored = (tmp_path / "movies.csv.gz").read_bytes()
    found = find_sources(tmp_path)[0]
    assert (found.size_bytes, found.sha256) == (len(stored), hashlib.sha256(stored).hexdigest())


def test_a_file_that_changes_under_the_reader_is_refused(tmp_path: Path) -> None:
    touch(tmp_path, "movies.csv", "credits.csv")
    found = find_sources(tmp_path)
    require_unchanged(found)
    (tmp_path / "credits.csv").write_bytes(b"id\n2\n")
    with pytest.raises(SourceError, match=r"credits\.csv was changed while it was read"):
        require_unchanged(found)
    (tmp_path / "credits.csv").unlink()
    with pytest.raises(SourceError, match="cannot be read"):
        require_unchanged(found)


def test_an_empty_folder_is_refused_with_the_names_looked_for(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"no movies file.*movies_dataset\.csv.*\.zst") as caught:
        find_sources(tmp_path)
    assert str(tmp_path) in caught.value.message


def test_a_folder_without_credits_is_refused(tmp_path: Path) -> None:
    touch(tmp_path, "movies.csv")
    with pytest.raises(SourceError, match="no credits file"):
        find_sources(tmp_path)


def test_a_missing_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="cannot be read"):
        find_sources(tmp_path / "nowhere")


def test_two_files_of_one_role_are_refused_by_name(tmp_path: Path) -> None:
    touch(tmp_path, "movies.csv", "movies_dataset.csv.zst", "credits.csv")
    with pytest.raises(SourceError, match=r"movies_dataset\.csv\.zst and movies\.csv"):
        find_sources(tmp_path)


@pytest.mark.parametrize("suffix", [".gz", ".zst"])
def test_packed_files_are_read_as_they_are(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"movies.csv{suffix}"
    data = b"id\n" + b"12345\n" * 100_000
    write_packed(path, data)
    assert b"".join(unpack(source(path))) == data


def test_frames_that_follow_one_another_are_all_read(tmp_path: Path) -> None:
    path = tmp_path / "movies.csv.zst"
    pack = zstandard.ZstdCompressor().compress
    path.write_bytes(pack(b"id\n") + pack(b"1\n"))
    assert b"".join(unpack(source(path))) == b"id\n1\n"


@pytest.mark.parametrize("suffix", [".gz", ".zst"])
def test_a_truncated_packed_file_is_refused(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"movies.csv{suffix}"
    write_packed(path, bytes(range(256)) * 1000)
    path.write_bytes(path.read_bytes()[:-9])
    with pytest.raises(SourceError, match="cannot be read"):
        list(unpack(source(path)))


@pytest.mark.parametrize("suffix", [".gz", ".zst"])
def test_a_file_that_is_not_what_its_suffix_says_is_refused(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"movies.csv{suffix}"
    path.write_bytes(b"id,title\n1,A\n")
    with pytest.raises(SourceError, match="cannot be read"):
        list(unpack(source(path)))


@pytest.mark.parametrize("pack", [gzip.compress, zstandard.ZstdCompressor().compress])
def test_a_small_file_that_unpacks_without_end_is_refused(tmp_path: Path, pack: object) -> None:
    path = tmp_path / ("movies.csv.gz" if pack is gzip.compress else "movies.csv.zst")
    write_packed(path, bytes(10_000_000))
    with pytest.raises(SourceError, match="more than 1,000,000 bytes"):
        list(unpack(source(path), 1_000_000))


def test_a_file_that_went_away_is_refused(tmp_path: Path) -> None:
    touch(tmp_path, "movies.csv")
    gone = source(tmp_path / "movies.csv")
    gone.path.unlink()
    with pytest.raises(SourceError, match="cannot be read"):
        list(unpack(gone))


def test_an_unreadable_file_is_refused_when_it_is_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    touch(tmp_path, "movies.csv", "credits.csv")

    def refuse(*_: object) -> None:
        raise PermissionError("no")

    monkeypatch.setattr(Path, "open", refuse)
    with pytest.raises(SourceError, match="cannot be read"):
        find_sources(tmp_path)


def test_a_damaged_gzip_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "movies.csv.gz"
    packed = bytearray(gzip.compress(bytes(range(256)) * 500))
    packed[len(packed) // 2] ^= 0xFF
    path.write_bytes(packed)
    with pytest.raises(SourceError, match=r"^movies\.csv\.gz cannot be read: "):
        list(unpack(source(path)))
