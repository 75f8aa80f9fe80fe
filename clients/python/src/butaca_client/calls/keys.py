"""API keys, for admins: each call needs a key of that role."""

from butaca_client.answers.keys import KeyCreated, KeyList
from butaca_client.arguments import KeyRole, encode_body, path_part
from butaca_client.calls.base import Calls, decode
from butaca_client.transport import Question


class KeyCalls(Calls):
    """Who may do what."""

    def keys(self) -> KeyList:
        """Return the keys there are, oldest first."""
        return self._get(KeyList, "/v1/keys")

    def create_key(
        self, name: str, *, role: KeyRole = "read", expires_in_days: int | None = None
    ) -> KeyCreated:
        """Make a key; `name` says whose or what for. It is shown only in this answer."""
        body = encode_body({"name": name, "role": role, "expires_in_days": expires_in_days})
        question = Question("POST", "/v1/keys", body, is_repeatable=False)
        return decode(KeyCreated, question.target, self._transport.ask(question))

    def revoke_key(self, key_id: str) -> None:
        """Let a key open nothing any more."""
        target = f"/v1/keys/{path_part(key_id)}"
        self._transport.ask(Question("DELETE", target, is_repeatable=False))
