"""A connection to Redis that is cut at a chosen command, for good or once."""

from collections.abc import Callable, Iterable
from typing import Any, Literal

import redis
from redis import Connection

from shared.redis_client import connect

# Where the connection breaks: before the command is sent, or before its reply is read; `once`
# means that the next connection works again. `full` fills the server's memory before the command.
Kind = Literal["before", "after", "before once", "after once", "full"]
KINDS: tuple[Kind, ...] = ("before", "after", "before once", "after once", "full")


class Cutter:
    """Counts the commands of one client and breaks the one with number `at`, from 1."""

    def __init__(self, at: int | None, kind: Kind, fill: Callable[[], object]) -> None:
        """Break nothing where `at` is None: then it only counts."""
        self.sent = 0
        self.has_cut = False
        self._at = at
        self._kind = kind
        self._fill = fill

    @property
    def is_away(self) -> bool:
        """Whether no connection can be made any more."""
        return self.has_cut and self._kind in ("before", "after")

    def breaks_before(self) -> bool:
        """Count a command that is about to be sent; say whether it must not be."""
        self.sent += 1
        if self.sent != self._at:
            return False
        if self._kind == "full":
            self._fill()
            return False
        self.has_cut = self._kind.startswith("before")
        return self.has_cut

    def breaks_after(self) -> bool:
        """Say whether the reply that is about to be read must not come."""
        if self.has_cut or self.sent != self._at or not self._kind.startswith("after"):
            return False
        self.has_cut = True
        return True


class CutConnection(Connection):
    """A connection that asks its cutter before each command and each reply."""

    def __init__(self, *, cutter: Cutter, **options: Any) -> None:  # noqa: ANN401  # redis-py's
        self._cutter = cutter
        self._greets = False
        super().__init__(**options)

    def connect_check_health(self, *arguments: Any, **options: Any) -> None:  # noqa: ANN401
        if self._cutter.is_away:
            raise redis.ConnectionError("cut")
        super().connect_check_health(*arguments, **options)

    def on_connect_check_health(self, *arguments: Any, **options: Any) -> None:  # noqa: ANN401
        self._greets = True
        try:
            super().on_connect_check_health(*arguments, **options)
        finally:
            self._greets = False

    def send_packed_command(
        self,
        command: bytes | Iterable[bytes],
        check_health: bool = True,  # noqa: FBT001, FBT002
    ) -> None:
        if not self._greets and self._cutter.breaks_before():
            self._break()
        super().send_packed_command(command, check_health)

    def read_response(self, *arguments: Any, **options: Any) -> Any:  # noqa: ANN401
        answer = super().read_response(*arguments, **options)
        if not self._greets and self._cutter.breaks_after():
            self._break()
        return answer

    def _break(self) -> None:
        self.disconnect()
        raise redis.ConnectionError("cut")


def cut_client(url: str, cutter: Cutter) -> redis.Redis:
    """Make a client as the product does, whose connections `cutter` breaks."""
    client = connect(url)
    client.connection_pool.connection_class = CutConnection
    client.connection_pool.connection_kwargs["cutter"] = cutter
    return client
