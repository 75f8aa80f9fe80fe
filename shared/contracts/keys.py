"""API keys: who may do what, and what is said of them. The key itself is shown once."""

import datetime as dt
from typing import Annotated, Final, Literal

import msgspec

from shared.contracts.base import Inbound, Wire

Role = Literal["read", "operator", "admin"]
# Each may do what those before it may.
ROLES: Final[tuple[Role, ...]] = ("read", "operator", "admin")


# Python's $ lets a line break follow.
KeyName = Annotated[
    str,
    msgspec.Meta(
        min_length=1,
        max_length=100,
        pattern=r"^[^\x00-\x1f\x7f-\x9f\u2028\u2029]*$(?!\n)",
    ),
]


class KeyRequest(Inbound, frozen=True):
    """Ask for a key; `name` says whose or what for, `expires_in_days` when it ends, if ever."""

    name: KeyName
    role: Role = "read"
    expires_in_days: Annotated[int, msgspec.Meta(ge=1, le=3650)] | None = None


class KeyView(Wire, frozen=True):
    """A key without its secret."""

    id: str
    name: str
    role: Role
    created_at: dt.datetime
    expires_at: dt.datetime | None


class KeyList(Wire, frozen=True):
    """The keys there are, oldest first."""

    items: list[KeyView]


class KeyCreated(Wire, frozen=True):
    """A new key; `key` is what callers send, and is stored nowhere."""

    id: str
    name: str
    role: Role
    created_at: dt.datetime
    expires_at: dt.datetime | None
    key: str
