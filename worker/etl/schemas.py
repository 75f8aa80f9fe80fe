"""The clean tables: column names and types, declared once and checked at both ends."""

import polars as pl

NAMED = pl.Struct({"id": pl.Int64, "name": pl.String})
COUNTRY = pl.Struct({"iso_3166_1": pl.String, "name": pl.String})
LANGUAGE = pl.Struct({"iso_639_1": pl.String, "name": pl.String})

MOVIES = pl.Schema(
    {
        "id": pl.Int64,
        "title": pl.String,
        "release_date": pl.Date,
        "release_year": pl.Int32,
        "original_language": pl.String,
        "status": pl.String,
        "tagline": pl.String,
        "overview": pl.String,
        "runtime": pl.Float64,
        "popularity": pl.Float64,
        "vote_average": pl.Float64,
        "vote_count": pl.Int64,
        "budget": pl.Int64,
        "revenue": pl.Int64,
        "return": pl.Float64,
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
QUARANTINE = pl.Schema(
    {
        "file": pl.String,
        "record": pl.Int64,
        "line": pl.Int64,
        "column": pl.String,
        "reason": pl.String,
        "excerpt": pl.String,
    }
)
