"""Answers of the seven catalogue questions; field names are the public Spanish contract."""

import datetime as dt

import msgspec

from shared.contracts.base import Wire


class MonthCount(Wire, frozen=True):
    """How many movies were released in a month, over all years."""

    mes: str
    cantidad: int
    mensaje: str


class WeekdayCount(Wire, frozen=True):
    """How many movies were released on a weekday, over all years."""

    dia: str
    cantidad: int
    mensaje: str


class TitleChoice(Wire, frozen=True):
    """One of several movies that share a title."""

    id: int
    titulo: str
    anio: int


class TitleScore(Wire, frozen=True):
    """A movie's popularity; `score` is the data set's `popularity`."""

    titulo: str
    anio: int
    score: float
    voto_promedio: float
    mensaje: str
    id: int
    otras: list[TitleChoice]


class TitleVotes(Wire, frozen=True, omit_defaults=True):
    """A movie's votes: `promedio` from 2000 votes on, else `mensaje` says why there is none."""

    titulo: str
    anio: int
    votos: int
    id: int
    otras: list[TitleChoice]
    promedio: float | msgspec.UnsetType = msgspec.UNSET
    mensaje: str | msgspec.UnsetType = msgspec.UNSET


class ActorSuccess(Wire, frozen=True):
    """Sum and mean of `return` over an actor's movies."""

    actor: str
    exito: float
    cantidad_peliculas: int
    retorno_promedio: float
    mensaje: str


class DirectedMovie(Wire, frozen=True):
    """One movie of a director; money is 0 when unknown, `ganancia` null when either is."""

    titulo: str
    fecha_lanzamiento: dt.date
    retorno: float
    costo: int
    ingresos: int
    ganancia: int | None


class DirectorSuccess(Wire, frozen=True):
    """Sum of `return` over a director's movies, and the movies by date."""

    director: str
    exito: float
    peliculas: list[DirectedMovie]
