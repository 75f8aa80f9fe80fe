"""The course recipe: the baseline of `bench_recipe.py`, one process of pandas, FastAPI, TF-IDF.

    python -m tests.bench.course_recipe --data DIR --port N [--lowered-once]

`read_csv`, one `literal_eval` per nested cell, all of it once at the start. A question is a
boolean mask over a whole column, lower-cased as it is asked; `recomendacion` adds one TF-IDF row
times the whole matrix and an argsort. `--lowered-once` lowers the columns at the start instead:
a better recipe than the one that is taught, and a harder one to beat.
"""

import argparse
from ast import literal_eval
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pandas as pd
import uvicorn
from fastapi import FastAPI, HTTPException
from sklearn.feature_extraction.text import TfidfVectorizer

from worker.etl.sources import SourceName, find_sources

_NAMES: Final = (
    *("enero", "febrero", "marzo", "abril", "mayo", "junio", "julio"),
    *("agosto", "septiembre", "octubre", "noviembre", "diciembre"),
)
MONTHS: Final = {name: number for number, name in enumerate(_NAMES, start=1)}
SHOWN: Final = 5
# pandas and scikit-learn ship no types that a strict checker could use.
Frame = Any
Column = Any
Lower = Callable[[Frame, str], Column]


@dataclass(frozen=True)
class Frames:
    """What the recipe holds: movies numbered from 0, people one row for each of their films."""

    movies: Frame
    actors: Frame
    directors: Frame
    plots: Any


def main() -> None:
    """Read the files, then serve."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--lowered-once", action="store_true")
    options = parser.parse_args()
    frames = read_frames(options.data)
    lower = lower_once(frames) if options.lowered_once else lower_now
    app = create_app(frames, lower)
    uvicorn.run(app, port=options.port, log_level="error", access_log=False)


def read_frames(folder: Path) -> Frames:
    """Read, clean and un-nest everything."""
    paths: dict[SourceName, Path] = {each.name: each.path for each in find_sources(folder)}
    movies = _read_movies(paths["movies"])
    actors, directors = _read_people(paths["credits"], movies)
    return Frames(movies, actors, directors, _weigh(movies["overview"]))


def lower_now(frame: Frame, column: str) -> Column:
    """Lower a column for one question."""
    return frame[column].str.lower()


def lower_once(frames: Frames) -> Lower:
    """Lower the columns that are asked, and hand them out from then on."""
    asked = (
        (frames.movies, "title"),
        (frames.actors, "name"),
        (frames.directors, "name"),
    )
    kept = {id(frame): lower_now(frame, column) for frame, column in asked}
    return lambda frame, _: kept[id(frame)]


def create_app(frames: Frames, lower: Lower) -> FastAPI:
    """Serve five of the questions."""
    app = FastAPI()
    movies = frames.movies

    def find(frame: Frame, column: str, text: str) -> Frame:
        found = frame[lower(frame, column) == text.lower()]
        if found.empty:
            raise HTTPException(404, f"{text} is unknown")
        return found

    @app.get("/cantidad_filmaciones_mes/{mes}")
    async def count_month(mes: str) -> dict[str, Any]:
        month = MONTHS[mes.lower()]
        return {"mes": mes, "cantidad": int((movies["month"] == month).sum())}

    @app.get("/score_titulo/{titulo:path}")
    async def score_title(titulo: str) -> dict[str, Any]:
        movie = find(movies, "title", titulo).iloc[0]
        score, year = float(movie["popularity"]), int(movie["release_year"])
        return {"titulo": movie["title"], "anio": year, "score": score}

    @app.get("/get_actor/{name:path}")
    async def actor(name: str) -> dict[str, Any]:
        films = find(frames.actors, "name", name)
        total, mean = float(films["return"].sum()), float(films["return"].mean())
        counted = {"cantidad_peliculas": len(films), "retorno_promedio": mean}
        return {"actor": name, "exito": total, **counted}

    @app.get("/get_director/{name:path}")
    async def director(name: str) -> dict[str, Any]:
        films = find(frames.directors, "name", name)
        shown = films[["title", "release_date", "return", "budget", "revenue"]]
        success = {
            "exito": float(films["return"].sum()),
            "promedio": float(films["return"].mean()),
        }
        return {"director": name, **success, "peliculas": shown.to_dict("records")}

    @app.get("/recomendacion/{titulo:path}")
    async def recommend(titulo: str) -> list[str]:
        row = find(movies, "title", titulo).index[0]
        scores = (frames.plots @ frames.plots[row].T).toarray().ravel()
        best = [each for each in scores.argsort()[::-1][: SHOWN + 1] if each != row]
        return movies["title"].iloc[best[:SHOWN]].tolist()

    return app


def _read_csv(path: Path) -> Frame:
    return pd.read_csv(path, low_memory=False)


def _read_movies(path: Path) -> Frame:
    """Movies with a usable id, title and date; numbers as numbers, their return beside them."""
    movies = _read_csv(path)
    for column in ("id", "budget", "revenue", "popularity"):
        movies[column] = pd.to_numeric(movies[column], errors="coerce")
    movies["date"] = pd.to_datetime(movies["release_date"], errors="coerce", format="%Y-%m-%d")
    movies = movies.dropna(subset=["id", "title", "date"]).drop_duplicates("id")
    movies = movies.reset_index(drop=True).fillna({"overview": "", "budget": 0, "revenue": 0})
    known = (movies["budget"] > 0) & (movies["revenue"] > 0)
    movies["return"] = (movies["revenue"] / movies["budget"]).where(known, 0.0)
    movies["release_year"], movies["month"] = movies["date"].dt.year, movies["date"].dt.month
    return movies


def _read_people(path: Path, movies: Frame) -> tuple[Frame, Frame]:
    """Actors and directors, exploded and joined with their films."""
    table = _read_csv(path).rename(columns={"movie_id": "id"}).drop_duplicates("id")
    actors = [_names(literal_eval(cell)) for cell in table["cast"]]
    directors = [_names(literal_eval(cell), job="Director") for cell in table["crew"]]
    films = movies[["id", "title", "release_date", "return", "budget", "revenue"]]
    first, second = (
        table[["id"]].assign(name=names).explode("name").dropna().drop_duplicates()
        for names in (actors, directors)
    )
    return first.merge(films, on="id"), second.merge(films, on="id")


def _names(members: Iterable[dict[str, Any]], job: str | None = None) -> list[str]:
    return [each["name"] for each in members if job is None or each["job"] == job]


def _weigh(texts: Column) -> Any:  # noqa: ANN401  # a sparse matrix
    vectorizer: Any = TfidfVectorizer(stop_words="english")
    return vectorizer.fit_transform(texts)


if __name__ == "__main__":
    main()
