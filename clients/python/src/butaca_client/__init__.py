"""A typed client of Butaca: `Butaca("http://localhost:8000").recommend(positive=["Heat"])`."""

from msgspec import UNSET

from butaca_client.arguments import FilterArgs, Wish
from butaca_client.client import Butaca
from butaca_client.errors import (
    AmbiguousError,
    ButacaError,
    ConflictError,
    ForbiddenError,
    InvalidRequestError,
    NotFoundError,
    RateLimitedError,
    TimedOutError,
    UnauthenticatedError,
    UnavailableError,
    UnexpectedAnswerError,
)

__all__ = [
    "UNSET",
    "AmbiguousError",
    "Butaca",
    "ButacaError",
    "ConflictError",
    "FilterArgs",
    "ForbiddenError",
    "InvalidRequestError",
    "NotFoundError",
    "RateLimitedError",
    "TimedOutError",
    "UnauthenticatedError",
    "UnavailableError",
    "UnexpectedAnswerError",
    "Wish",
]
