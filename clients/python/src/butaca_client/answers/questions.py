"""Answers of the seven questions; their fields are in Spanish, as the service has them."""

import datetime as dt

from msgspec import UNSET, UnsetType

from butaca_client.answers.base import Answer


class MonthCount(Answer, frozen=True):
    """How many movies were released in a month, over all years."""

    mes: str
    cantidad: int
    mensaje: str


class WeekdayCount(Answer, frozen=True):
    """How many movies were released on a weekday, over all years."""

    dia: str
    cantidad: int
    mensaje: str


class TitleChoice(Answer, frozen=True):
    """One of several movies that share a title."""

    id: int
    titulo: str
    anio: int


class TitleScore(Answer, frozen=True):
    """A movie's popularity."""

    titulo: str
    anio: int
    score: float
    voto_promedio: float
    mensaje: str
    id: int
    otras: list[TitleChoice]


class TitleVotes(Answer, frozen=True):
    """A movie's votes: `promedio` from 2000 votes on, else `mensaje` says why there is none."""

    titulo: str
    anio: int
    votos: int
    id: int
    otras: list[TitleChoice]
    promedio: float | UnsetType = UNSET
    mensaje: str | UnsetType = UNSET


class ActorSuccess(Answer, frozen=True):
    """Sum and mean of `return` over an actor's movies."""

    actor: str
    exito: float
    cantidad_peliculas: int
    retorno_promedio: float
    mensaje: str


class DirectedMovie(Answer, frozen=True):
    """One movie of a director; money is 0 when unknown, `ganancia` None when either is."""

    titulo: str
    fecha_lanzamiento: dt.date
    retorno: float
    costo: int
    ingresos: int
    ganancia: int | None


class DirectorSuccess(Answer, frozen=True):
    """Sum of `return` over a director's movies, and the movies by date."""

    director: str
    exito: float
    peliculas: list[DirectedMovie]
