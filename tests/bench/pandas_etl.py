"""The baseline: the same rules, written the plain way with pandas and `ast.literal_eval`.

One function per rule, one parse per cell. Serves as the yardstick of `bench_etl.py` and as the
independent answer of the equality tests; handles well-formed CSV files only.
"""

import ast
import json
import math
import re
import unicodedata
import warnings
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pandas as pd

NAMED = ("id", "name")
NESTED = {
    "belongs_to_collection": NAMED,
    "genres": NAMED,
    "production_companies": NAMED,
    "production_countries": ("iso_3166_1", "name"),
    "spoken_languages": ("iso_639_1", "name"),
    "keywords": NAMED,
}
TEXTS = ("original_language", "status", "tagline", "overview")
NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", re.ASCII)
ID = re.compile(r"([1-9]\d{0,17})(\.0*)?", re.ASCII)
DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
Table = list[tuple[object, ...]]


def build_tables(movies: Path, credits_: Path) -> tuple[Table, Table, Table]:
    """Movies, cast and directors as lists of rows, columns in the order of the schemas."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        table = movies_table(read(movies))
        cast, directors = credits_tables(read(credits_), set(table["id"]))
    return list(table.itertuples(index=False, name=None)), cast, directors


def read(path: Path) -> pd.DataFrame:
    return pd.read_csv(path, dtype=str, keep_default_na=False)


def movies_table(raw: pd.DataFrame) -> pd.DataFrame:
    for column in ("original_title", "runtime", *TEXTS, *NESTED):
        if column not in raw:
            raw[column] = ""
    raw["release_date"] = raw["release_date"].map(parse_date)
    raw = raw[[day is not None and 1870 <= day.year <= 2100 for day in raw["release_date"]]].copy()
    raw["id"] = raw["id"].map(parse_id)
    raw["title"] = raw["title"].map(clean).fillna(raw["original_title"].map(clean))
    raw = raw[raw["release_date"].notna() & raw["id"].notna() & raw["title"].notna()].copy()
    for column, fields in NESTED.items():
        single = column == "belongs_to_collection"
        raw[column] = raw[column].map(lambda cell, f=fields, s=single: members(cell, f, single=s))
        raw = raw[raw[column].notna()]
    raw = raw.drop_duplicates("id").copy()
    return finish_movies(raw)


def finish_movies(raw: pd.DataFrame) -> pd.DataFrame:
    for column in TEXTS:
        raw[column] = raw[column].map(clean).astype(object)
    for column in ("budget", "revenue", "vote_count"):
        raw[column] = raw[column].map(parse_whole)
    raw["popularity"] = raw["popularity"].map(lambda cell: parse_number(cell) or 0.0)
    raw["vote_average"] = raw["vote_average"].map(parse_vote)
    raw["runtime"] = raw["runtime"].map(parse_runtime).astype(object)
    raw["id"] = raw["id"].astype(int)
    raw["release_year"] = raw["release_date"].map(lambda day: day.year)
    raw["return"] = [
        float(revenue) / float(budget) if revenue and budget else 0.0
        for revenue, budget in zip(raw["revenue"], raw["budget"], strict=True)
    ]
    order = "id title release_date release_year original_language status tagline overview runtime"
    order += " popularity vote_average vote_count budget revenue return"
    return raw[[*order.split(), *NESTED]].astype(object).where(lambda frame: frame.notna(), None)


def credits_tables(raw: pd.DataFrame, wanted: set[int]) -> tuple[Table, Table]:
    raw["movie_id"] = raw["movie_id" if "movie_id" in raw else "id"].map(parse_id)
    raw = raw[raw["movie_id"].notna()].copy()
    raw["cast"] = raw["cast"].map(parse_members)
    raw["crew"] = raw["crew"].map(parse_members)
    raw = raw[raw["cast"].notna() & raw["crew"].notna()].drop_duplicates("movie_id")
    cast: Table = []
    directors: dict[tuple[int, int], tuple[object, ...]] = {}
    for movie_id, actors, crew in zip(raw["movie_id"], raw["cast"], raw["crew"], strict=True):
        if movie_id not in wanted:
            continue
        for place, member in enumerate(actors):
            person, name = whole(member.get("id")), clean(member.get("name"))
            order = whole(member.get("order"))
            if person is not None and name is not None:
                place_or_order = place if order is None else order
                cast.append(
                    (int(movie_id), person, name, clean(member.get("character")), place_or_order)
                )
        for member in crew:
            person, name = whole(member.get("id")), clean(member.get("name"))
            if member.get("job") == "Director" and person is not None and name is not None:
                directors.setdefault((movie_id, person), (int(movie_id), person, name))
    return cast, list(directors.values())


def members(cell: str, fields: tuple[str, ...], *, single: bool) -> list[dict[str, object]] | None:
    parsed = parse_members(cell, single=single)
    if parsed is None:
        return None
    read_key: Callable[[object], object] = whole if fields[0] == "id" else clean
    rows = [{fields[0]: read_key(m.get(fields[0])), "name": clean(m.get("name"))} for m in parsed]
    needed = fields if fields == NAMED else fields[:1]
    return [row for row in rows if all(row[field] is not None for field in needed)]


def parse_members(cell: str, *, single: bool = False) -> list[dict[str, object]] | None:
    """List of dicts, or None where the cell cannot be read."""
    if not cell.strip():
        return []
    try:
        value = json.loads(cell)
    except ValueError:
        try:
            value = ast.literal_eval(cell)
        except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError):
            return None
    if value is None or value in ([], {}, ""):
        return []
    value = [value] if single else value
    if not isinstance(value, list) or not all(isinstance(member, dict) for member in value):
        return None
    return value


def clean(text: object) -> str | None:
    if not isinstance(text, str):
        return None
    text = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return unicodedata.normalize("NFC", text).strip() or None


def whole(value: object) -> int | None:
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    is_whole = isinstance(value, int) and not isinstance(value, bool)
    return value if is_whole and -(2**63) <= value < 2**63 else None


def parse_id(cell: str) -> int | None:
    match = ID.fullmatch(cell.strip())
    return int(match[1]) if match else None


def parse_date(cell: str) -> date | None:
    if not DATE.fullmatch(cell.strip()):
        return None
    try:
        return date.fromisoformat(cell.strip())
    except ValueError:
        return None


def parse_number(cell: str) -> float | None:
    if not NUMBER.fullmatch(cell.strip()):
        return None
    number = float(cell)
    return number if math.isfinite(number) and number >= 0 else None


def parse_vote(cell: str) -> float:
    number = parse_number(cell)
    return number if number is not None and number <= 10 else 0.0


def parse_runtime(cell: str) -> float | None:
    number = parse_number(cell)
    return number if number and number <= 60_000 else None


def parse_whole(cell: str) -> int:
    if cell.strip().isascii() and cell.strip().isdigit() and len(cell.strip()) <= 18:
        return int(cell)
    number = parse_number(cell)
    return int(number) if number is not None and number < 2**63 else 0
