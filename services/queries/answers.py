"""Rows of the catalogue to the public Spanish answers: pure."""

from typing import Any, Final

import msgspec

from services.queries.calendar import MONTHS, WEEKDAYS, parse_month, parse_weekday
from services.queries.catalogue import Catalogue
from shared.contracts.queries import (
    ActorSuccess,
    DirectedMovie,
    DirectorSuccess,
    MonthCount,
    TitleChoice,
    TitleScore,
    TitleVotes,
    WeekdayCount,
)
from shared.titles import TitledMovie, TitleMatch

LEAST_VOTES: Final = 2000


def month_count(catalogue: Catalogue, month: str) -> MonthCount:
    """Say how many movies were released in a month."""
    number = parse_month(month)
    name, count = MONTHS[number - 1], catalogue.months[number]
    return MonthCount(mes=name, cantidad=count, mensaje=f"{_released(count)} en el mes de {name}.")


def weekday_count(catalogue: Catalogue, weekday: str) -> WeekdayCount:
    """Say how many movies were released on a weekday."""
    number = parse_weekday(weekday)
    name, count = WEEKDAYS[number - 1], catalogue.weekdays[number]
    return WeekdayCount(dia=name, cantidad=count, mensaje=f"{_released(count)} en {name}.")


def title_score(catalogue: Catalogue, match: TitleMatch) -> TitleScore:
    """Say how popular a movie is; figures as the data set has them."""
    movie = match.movie
    popularity, average = catalogue.figures[movie.movie_id]
    return TitleScore(
        titulo=movie.title,
        anio=movie.year,
        score=popularity,
        voto_promedio=average,
        mensaje=(
            f"La película «{movie.title}» se estrenó en {movie.year} con un score (popularidad) "
            f"de {_figure(popularity)} y un voto promedio de {_figure(average)}."
        ),
        id=movie.movie_id,
        otras=_choices(match.others),
    )


def title_votes(catalogue: Catalogue, match: TitleMatch) -> TitleVotes:
    """Say how a movie was voted; with under 2000 votes, why there is no average."""
    movie = match.movie
    has_enough = movie.vote_count >= LEAST_VOTES
    return TitleVotes(
        titulo=movie.title,
        anio=movie.year,
        votos=movie.vote_count,
        promedio=catalogue.figures[movie.movie_id][1] if has_enough else msgspec.UNSET,
        mensaje=msgspec.UNSET if has_enough else _too_few_votes(movie),
        id=movie.movie_id,
        otras=_choices(match.others),
    )


def actor_success(row: dict[str, Any]) -> ActorSuccess:
    """Say how successful an actor is."""
    name, films, success, mean = row["name"], row["films"], row["success"], row["mean_return"]
    counted = "1 película" if films == 1 else f"{films} películas"
    return ActorSuccess(
        actor=name,
        exito=success,
        cantidad_peliculas=films,
        retorno_promedio=mean,
        mensaje=(
            f"{name} ha participado en {counted}, con un retorno total de {_figure(success)} "
            f"y un promedio de {_figure(mean)} por película."
        ),
    )


def director_success(row: dict[str, Any]) -> DirectorSuccess:
    """Say how successful a director is, film by film."""
    films = msgspec.convert(row["films"], list[DirectedMovie])
    return DirectorSuccess(director=row["name"], exito=row["success"], peliculas=films)


def _released(count: int) -> str:
    return "Se estrenó 1 película" if count == 1 else f"Se estrenaron {count} películas"


def _too_few_votes(movie: TitledMovie) -> str:
    counted = "1 valoración" if movie.vote_count == 1 else f"{movie.vote_count} valoraciones"
    return (
        f"La película «{movie.title}» tiene {counted} y no cumple la condición de al menos "
        f"{LEAST_VOTES} valoraciones, por lo que no se devuelve un promedio."
    )


def _choices(others: list[TitledMovie]) -> list[TitleChoice]:
    return [TitleChoice(id=each.movie_id, titulo=each.title, anio=each.year) for each in others]


def _figure(number: float) -> str:
    """Two decimals at most, none for a whole number."""
    return f"{number:.2f}".rstrip("0").rstrip(".")
