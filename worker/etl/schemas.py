"""The tables at both ends: raw column names, clean names and types, and the check of these."""

import polars as pl

NAMED = pl.Struct({"id": pl.Int64, "name": pl.String})
COUNTRY = pl.Struct({"iso_3166_1": pl.String, "name": pl.String})
LANGUAGE = pl.Struct({"iso_639_1": pl.String, "name": pl.String})

MOVIES = pl.Schema(
    {
        "id": pl.Int64(),
        "title": pl.String(),
        "release_date": pl.Date(),
        "release_year": pl.Int32(),
        "original_language": pl.String(),
        "status": pl.String(),
        "tagline": pl.String(),
        "overview": pl.String(),
        "runtime": pl.Float64(),
        "popularity": pl.Float64(),
        "vote_average": pl.Float64(),
        "vote_count": pl.Int64(),
        "budget": pl.Int64(),
        "revenue": pl.Int64(),
        "return": pl.Float64(),
        "belongs_to_collection": pl.List(NAMED),
        "genres": pl.List(NAMED),
        "production_companies": pl.List(NAMED),
        "production_countries": pl.List(COUNTRY),
        "spoken_languages": pl.List(LANGUAGE),
        "keywords": pl.List(NAMED),
    }
)
CAST = pl.Schema(
    {
        "movie_id": pl.Int64,
        "person_id": pl.Int64,
        "name": pl.String,
        "character": pl.String,
        "order": pl.Int64,
    }
)
DIRECTORS = pl.Schema({"movie_id": pl.Int64, "person_id": pl.Int64, "name": pl.String})

# Number of the data record a row was read from, from 1.
RECORD = "record"

# The raw tables. Every column is read as text; columns not named here are ignored, and those
# named here but not required may be missing. A tuple lists alternatives, the first one wins.
REQUIRED_COLUMNS: dict[str, tuple[tuple[str, ...], ...]] = {
    "movies": (
        ("id",),
        ("title",),
        ("release_date",),
        ("genres",),
        ("overview",),
        ("budget",),
        ("revenue",),
        ("popularity",),
        ("vote_average",),
        ("vote_count",),
    ),
    "credits": (("movie_id", "id"), ("cast",), ("crew",)),
    "keywords": (("movie_id", "id"), ("keywords",)),
}
OPTIONAL_MOVIE_COLUMNS = (
    "original_title",
    "original_language",
    "status",
    "tagline",
    "runtime",
    "belongs_to_collection",
    "production_companies",
    "production_countries",
    "spoken_languages",
    "keywords",
)
KNOWN_COLUMNS: dict[str, frozenset[str]] = {
    name: frozenset(column for columns in required for column in columns)
    | frozenset(OPTIONAL_MOVIE_COLUMNS if name == "movies" else ())
    for name, required in REQUIRED_COLUMNS.items()
}


def check_schema(table: pl.DataFrame, schema: pl.Schema) -> pl.DataFrame:
    """Return `table`, which has exactly the columns and types of `schema`.

    Raises:
        SchemaError: it has not; a mistake of ours, never of the data.
    """
    if table.schema != schema:
        raise pl.exceptions.SchemaError(f"{table.schema} instead of {schema}")
    return table
