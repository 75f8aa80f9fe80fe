"""Who calls: whose key a request came with, and what it may do."""

from typing import Final, NamedTuple

from shared.contracts.keys import ROLES, Role

# The key of the file; no key in Redis has this id.
ROOT: Final = "root"
# Where the front leaves whose key a request came with, for guards.
CALLER_KEY: Final = "butaca_caller"


class Caller(NamedTuple):
    """Whose key it is, by its id, and what it may do."""

    key_id: str
    role: Role

    def may(self, role: Role) -> bool:
        """Whether this role is enough where `role` is needed."""
        return ROLES.index(self.role) >= ROLES.index(role)
