"""The stored releases, for operators: which is live, which is kept, how two differ."""

import os
from pathlib import Path

from butaca_client.answers.stored import ReleaseDifference, ReleaseList, ReleaseView
from butaca_client.arguments import path_part
from butaca_client.calls.base import Calls, decode, target_of
from butaca_client.streams import PIECE_BYTES, save
from butaca_client.transport import Question


class StoredCalls(Calls):
    """Releases as things to keep, to serve and to carry elsewhere."""

    def releases(self) -> ReleaseList:
        """Return the stored releases, newest first."""
        return self._get(ReleaseList, "/v1/releases")

    def release(self, number: int) -> ReleaseView:
        """One stored release."""
        return self._get(ReleaseView, _path(number))

    def activate(self, number: int) -> ReleaseView:
        """Let a stored release be the one that is served: forward, or back."""
        return self._change("POST", f"{_path(number)}/activate")

    def pin(self, number: int) -> ReleaseView:
        """Keep a release however many come after it."""
        return self._change("PUT", f"{_path(number)}/pin")

    def unpin(self, number: int) -> ReleaseView:
        """Let a release be dropped in its turn again."""
        return self._change("DELETE", f"{_path(number)}/pin")

    def difference(self, number: int, *, base: int | None = None) -> ReleaseDifference:
        """What changed in a release since `base`, or since the published one before it."""
        target = target_of(f"{_path(number)}/difference", {"base": base})
        question = Question("GET", target, is_slow=True)
        return decode(ReleaseDifference, target, self._transport.ask(question))

    def export_release(self, number: int, file: str | os.PathLike[str]) -> Path:
        """Save a release as one file, whole or not at all; return its path."""
        question = Question("GET", f"{_path(number)}/export", is_slow=True)
        target = Path(file)
        with self._transport.open(question) as response:
            save(response.stream(PIECE_BYTES), target)
        return target

    def import_release(self, file: str | os.PathLike[str]) -> ReleaseView:
        """Store a release from such a file; needs the role admin.

        It becomes live where none is, and else waits to be activated. Asking twice is as good as
        once.
        """
        with Path(file).open("rb") as body:
            question = Question("POST", "/v1/releases", body, is_repeatable=False, is_slow=True)
            return decode(ReleaseView, question.target, self._transport.ask(question))

    def _change(self, method: str, target: str) -> ReleaseView:
        return decode(ReleaseView, target, self._transport.ask(Question(method, target)))


def _path(number: int) -> str:
    return f"/v1/releases/{path_part(number)}"
