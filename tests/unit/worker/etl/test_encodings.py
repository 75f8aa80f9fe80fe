"""Files in other encodings: refused with the remedy, and read once they are declared."""

import codecs
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.errors import SourceError
from tests.unit.worker.etl.factories import (
    Row,
    credits_row,
    csv_bytes,
    extract,
    movie,
    quarantined,
    write_pair,
)
from worker.etl.catalogue import Catalogue, extract_catalogue
from worker.etl.encodings import Encoding, utf8_chunks
from worker.etl.sources import find_sources

TITLES = ["Amélie", "Ñandú", "El señor"]


def write_encoded(folder: Path, codec: str, titles: list[str], before: bytes = b"") -> Path:
    """Both files in one encoding."""
    movies: list[Row] = [movie(number, title=title) for number, title in enumerate(titles, 1)]
    people = [credits_row(number) for number in range(1, len(titles) + 1)]
    files = (before + csv_bytes(rows).decode().encode(codec) for rows in (movies, people))
    return write_pair(folder, *files)


def extract_as(folder: Path, encoding: Encoding, share: float = 0.01) -> Catalogue:
    return extract_catalogue(
        find_sources(folder), max_quarantine_share=share, encoding=encoding, piece_bytes=200
    )


@pytest.mark.parametrize(
    ("codec", "encoding", "before"),
    [
        ("utf-8", "utf-8", b""),
        ("utf-8", "utf-8", codecs.BOM_UTF8),
        ("utf-8", "latin-1", codecs.BOM_UTF8),
        ("utf-16", "utf-16", b""),
        ("utf-16-le", "utf-16", b""),
        ("utf-16-be", "utf-16", b""),
        ("utf-16-be", "utf-16", codecs.BOM_UTF16_BE),
        ("latin-1", "latin-1", b""),
        ("cp1252", "cp1252", b""),
    ],
)
def test_a_declared_encoding_is_read(
    tmp_path: Path, codec: str, encoding: Encoding, before: bytes
) -> None:
    catalogue = extract_as(write_encoded(tmp_path, codec, TITLES, before), encoding)
    assert catalogue.movies["title"].to_list() == TITLES
    assert catalogue.cast.height == 3


def test_windows_1252_has_characters_that_latin_1_has_not(tmp_path: Path) -> None:
    titles = ["10 € “más”…"]
    catalogue = extract_as(write_encoded(tmp_path, "cp1252", titles), "cp1252")
    assert catalogue.movies["title"].to_list() == titles


@pytest.mark.parametrize("codec", ["utf-16", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("encoding", ["utf-8", "latin-1", "cp1252"])
def test_utf_16_is_refused_with_the_setting_that_reads_it(
    tmp_path: Path, codec: str, encoding: Encoding
) -> None:
    write_encoded(tmp_path, codec, TITLES)
    with pytest.raises(
        SourceError,
        match=r"^movies_dataset\.csv: line 1 is UTF-16 .* set BUTACA_WORKER_ENCODING=utf-16$",
    ):
        extract_as(tmp_path, encoding)


@pytest.mark.parametrize("codec", ["latin-1", "cp1252"])
def test_latin_1_is_refused_with_the_settings_that_read_it(tmp_path: Path, codec: str) -> None:
    write_encoded(tmp_path, codec, TITLES)
    with pytest.raises(
        SourceError,
        match=r"3 of 3 rows .* looks like Latin-1 or Windows-1252: save it as UTF-8, "
        r"or set BUTACA_WORKER_ENCODING to latin-1 or cp1252$",
    ):
        extract_as(tmp_path, "utf-8")


def test_other_faults_do_not_blame_the_encoding(tmp_path: Path) -> None:
    rows = csv_bytes([movie(1), movie("x"), movie("y")]) + b"\xff\n"
    with pytest.raises(SourceError) as caught:
        extract(write_pair(tmp_path, rows), share=0.01)
    assert "Latin-1" not in caught.value.message


def test_a_file_that_is_not_utf_16_is_refused_as_such(tmp_path: Path) -> None:
    write_encoded(tmp_path, "latin-1", TITLES)
    with pytest.raises(SourceError, match="is not UTF-16, which BUTACA_WORKER_ENCODING says"):
        extract_as(tmp_path, "utf-16")


def test_utf_16_that_is_cut_in_a_character_is_refused(tmp_path: Path) -> None:
    data = csv_bytes([movie()]).decode().encode("utf-16")
    with pytest.raises(SourceError, match=r"movies_dataset\.csv cannot be read as utf-16"):
        extract_as(write_pair(tmp_path, data[:-1]), "utf-16")


def test_bytes_without_meaning_cost_one_row(tmp_path: Path) -> None:
    good, odd = csv_bytes([movie(1)]), csv_bytes([movie(2, title="?")]).split(b"\n", 1)[1]
    write_pair(tmp_path, good + odd.replace(b",?,", b",\x81,"))
    catalogue = extract_as(tmp_path, "cp1252", share=1)
    assert catalogue.movies["id"].to_list() == [1]
    assert quarantined(catalogue, "record", "column", "reason") == [(2, "title", "invalid_utf8")]


def test_half_a_surrogate_pair_costs_one_row(tmp_path: Path) -> None:
    text = csv_bytes([movie(1), movie(2, title="?")]).decode().replace(",?,", ",\ud83d,")
    write_pair(
        tmp_path,
        text.encode("utf-16", "surrogatepass"),
        csv_bytes([credits_row(1)]).decode().encode("utf-16"),
    )
    catalogue = extract_as(tmp_path, "utf-16", share=1)
    assert catalogue.movies["id"].to_list() == [1]
    assert quarantined(catalogue, "record", "reason") == [(2, "invalid_utf8")]


def in_chunks(data: bytes, size_bytes: int) -> Iterator[bytes]:
    return iter([data[at : at + size_bytes] for at in range(0, len(data), size_bytes)])


@given(
    st.text(alphabet=st.characters(exclude_categories=["Cs"], exclude_characters="\ufeff\x00")),
    st.sampled_from(["utf-16", "utf-16-be"]),
    st.integers(1, 9),
)
def test_chunks_may_cut_a_character(text: str, codec: str, size_bytes: int) -> None:
    data = f"id\n{text}".encode(codec)
    found = b"".join(utf8_chunks("x.csv", in_chunks(data, size_bytes), "utf-16"))
    assert found.decode() == f"id\n{text}"


@given(st.binary(), st.integers(1, 9))
def test_latin_1_gives_every_byte_a_meaning(body: bytes, size_bytes: int) -> None:
    found = b"".join(utf8_chunks("x.csv", in_chunks(b"id\n" + body, size_bytes), "latin-1"))
    assert found.decode() == "id\n" + body.decode("latin-1")
