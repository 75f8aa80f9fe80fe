"""Remember what a method answered, without keeping its object alive by that."""

from collections.abc import Callable
from functools import lru_cache
from typing import Any, ParamSpec, TypeVar, cast
from weakref import WeakMethod

P = ParamSpec("P")
R = TypeVar("R")


def remember(size: int, method: Callable[P, R]) -> Callable[P, R]:
    """Return `method` with its last `size` answers remembered, for an attribute of its object.

    `lru_cache` of a bound method is a circle through the object. What is replaced with its
    release would stay, with all its tables, until a full garbage collection, which a process with
    millions of objects seldom sees: `tests/bench/soak.py` saw 10 MB more after each swap.

    The method raises `ReferenceError` where nothing else holds its object any more.
    """
    name = getattr(method, "__qualname__", "a method")
    weak: WeakMethod[Any] = WeakMethod(method)

    def ask(*args: P.args, **kwargs: P.kwargs) -> R:
        bound: Callable[P, R] | None = weak()
        if bound is None:
            raise ReferenceError(f"nothing holds the object of {name} any more")
        return bound(*args, **kwargs)

    # The type that typeshed gives a cached function has no parameters.
    return cast("Callable[P, R]", lru_cache(size)(ask))
