"""Small input folders: dicts to CSV files, with one good row of each kind to vary."""

import csv
import gzip
import io
from collections.abc import Iterable, Mapping
from pathlib import Path

import zstandard

from worker.etl.catalogue import Catalogue, extract_catalogue
from worker.etl.sources import SourceFile, SourceName, find_sources

Row = dict[str, str]


def movie(movie_id: object = 862, **changes: str) -> Row:
    """A movies row in the layout of Kaggle."""
    row = {
        "adult": "False",
        "belongs_to_collection": "{'id': 10194, 'name': 'Toy Story Collection', 'x': None}",
        "budget": "30000000",
        "genres": "[{'id': 16, 'name': 'Animation'}, {'id': 35, 'name': 'Comedy'}]",
        "homepage": "",
        "id": str(movie_id),
        "imdb_id": "tt0114709",
        "original_language": "en",
        "original_title": "Toy Story",
        "overview": "Led by Woody, Andy's toys live happily.",
        "popularity": "21.9",
        "poster_path": "",
        "production_companies": "[{'name': 'Pixar Animation Studios', 'id': 3}]",
        "production_countries": "[{'iso_3166_1': 'US', 'name': 'United States of America'}]",
        "release_date": "1995-10-30",
        "revenue": "373554033.0",
        "runtime": "81.0",
        "spoken_languages": "[{'iso_639_1': 'en', 'name': 'English'}]",
        "status": "Released",
        "tagline": "",
        "title": "Toy Story",
        "video": "False",
        "vote_average": "7.7",
        "vote_count": "5415.0",
    }
    return row | changes


def actor(
    person_id: object = 31, name: object = "Tom Hanks", order: object = 0
) -> dict[str, object]:
    """A member of a cast cell."""
    return {
        "cast_id": 14,
        "character": "Woody (voice)",
        "credit_id": "52fe",
        "gender": 2,
        "id": person_id,
        "name": name,
        "order": order,
        "profile_path": None,
    }


def worker(
    person_id: object = 7879, name: object = "John Lasseter", job: str = "Director"
) -> dict[str, object]:
    """A member of a crew cell."""
    return {
        "credit_id": "52fe",
        "department": "Directing",
        "gender": 2,
        "id": person_id,
        "job": job,
        "name": name,
        "profile_path": None,
    }


def credits_row(movie_id: object = 862, **changes: str) -> Row:
    """A credits row in the layout of Kaggle."""
    return {"cast": str([actor()]), "crew": str([worker()]), "id": str(movie_id)} | changes


def csv_bytes(rows: Iterable[Mapping[str, str]], line_end: str = "\n") -> bytes:
    """Rows as CSV, the header taken from the first."""
    rows = list(rows)
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, list(rows[0]), lineterminator=line_end)
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()


def write_pair(
    folder: Path,
    movies: Iterable[Row] | bytes = (movie(),),
    credits_: Iterable[Row] | bytes = (credits_row(),),
) -> Path:
    """Write both input files; bytes are written as they are."""
    for name, content in (("movies_dataset.csv", movies), ("credits.csv", credits_)):
        data = content if isinstance(content, bytes) else csv_bytes(content)
        (folder / name).write_bytes(data)
    return folder


def write_packed(path: Path, data: bytes) -> None:
    """Write `data` packed as the suffix says."""
    pack = {".gz": gzip.compress, ".zst": zstandard.ZstdCompressor().compress}
    path.write_bytes(pack[path.suffix](data))


def extract(folder: Path, *, share: float = 1.0) -> Catalogue:
    """Extract a folder, by default however many rows are bad."""
    return extract_catalogue(find_sources(folder), max_quarantine_share=share)


def extract_one(folder: Path, **changes: str) -> dict[str, object]:
    """The one clean movie that comes of one raw movie."""
    write_pair(folder, [movie(**changes)])
    return extract(folder).movies.row(0, named=True)


def quarantined(catalogue: Catalogue, *fields: str) -> list[tuple[object, ...]]:
    """The given fields of every quarantined row."""
    return [tuple(getattr(row, field) for field in fields) for row in catalogue.quarantine]


def source(path: Path, name: SourceName = "movies") -> SourceFile:
    """A source file without its digest."""
    return SourceFile(name=name, path=path, size_bytes=path.stat().st_size, sha256="")
