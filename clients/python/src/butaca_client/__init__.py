"""A typed client of Butaca: `Butaca("http://localhost:8000").recommend(positive=["Heat"])`."""

from msgspec import UNSET

from butaca_client.arguments import FilterArgs, Wish
from butaca_client.client import Butaca
from butaca_client.errors import (
    AmbiguousError,
    ButacaError,
    ForbiddenError,
    InvalidRequestError,
    NotFoundError,
    TimedOutError,
    UnavailableError,
    UnexpectedAnswerError,
)

__all__ = [
    "UNSET",
    "AmbiguousError",
    "Butaca",
    "ButacaError",
    "FilterArgs",
    "ForbiddenError",
    "InvalidRequestError",
    "NotFoundError",
    "TimedOutError",
    "UnavailableError",
    "UnexpectedAnswerError",
    "Wish",
]
