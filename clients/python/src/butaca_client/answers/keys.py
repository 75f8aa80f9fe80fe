"""API keys: who may do what."""

import datetime as dt

from butaca_client.answers.base import Answer


class KeyView(Answer, frozen=True):
    """A key without its secret; `role` is one of read, operator, admin."""

    id: str
    name: str
    role: str
    created_at: dt.datetime
    expires_at: dt.datetime | None


class KeyList(Answer, frozen=True):
    """The keys there are, oldest first."""

    items: list[KeyView]


class KeyCreated(Answer, frozen=True):
    """A new key; `key` is what to send, and is shown only here."""

    id: str
    name: str
    role: str
    created_at: dt.datetime
    expires_at: dt.datetime | None
    key: str
