"""Which names this gateway answers to: the header Host against a list."""

from collections.abc import Sequence
from typing import Final

_ANY_BELOW: Final = "*."


class AllowedHosts:
    """Names without port, whatever their case; `*.example.org` is every name below it."""

    def __init__(self, names: Sequence[str]) -> None:
        """Allow `names`, or every name where there are none."""
        lowered = [name.lower() for name in names if name != "*"]
        self._is_open = len(lowered) < len(names) or not names
        self._exact = frozenset(name for name in lowered if not name.startswith(_ANY_BELOW))
        self._below = tuple(name[1:] for name in lowered if name.startswith(_ANY_BELOW))

    def allow(self, host: bytes) -> bool:
        """Tell whether a Host header names one of them."""
        return self._is_open or self._is_named(host.decode("latin-1").strip().lower())

    def _is_named(self, host: str) -> bool:
        name, colon, port = host.rpartition(":")
        if not colon or not port.isdecimal():
            name = host
        # A full name may end with the dot of the root.
        name = name.removesuffix(".")
        return name in self._exact or name.endswith(self._below)
