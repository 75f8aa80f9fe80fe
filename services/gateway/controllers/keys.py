"""Ops: make API keys, list them and take them back. For the role admin alone."""

from litestar import Controller, delete, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from services.gateway.callers import Caller
from services.gateway.documentation import ADMIN_SECURITY, refusals
from services.gateway.keyring import KeyRing
from shared.contracts.keys import KeyCreated, KeyList, KeyRequest

BODY_BYTES = 4 * 1024


class KeysController(Controller):
    """Keys of callers; the one in the admin key file is none of them."""

    path = "/v1/keys"
    tags = ("ops",)
    security = ADMIN_SECURITY
    opt = {"role": "admin"}  # noqa: RUF012  # as the base has it
    request_max_body_size = BODY_BYTES

    @get(responses=refusals(401, 403, 503))
    async def keys(self, ring: NamedDependency[KeyRing]) -> KeyList:
        """The keys there are, oldest first, without their secrets."""
        return await ring.keys()

    @post(responses=refusals(400, 401, 403, 413, 503))
    async def create(
        self,
        ring: NamedDependency[KeyRing],
        caller: NamedDependency[Caller],
        data: JSONBody[KeyRequest],
    ) -> KeyCreated:
        """Make a key; the answer is the only place where it is ever shown."""
        return await ring.create(data, caller)

    @delete("/{key_id:str}", responses=refusals(401, 403, 404, 503))
    async def revoke(
        self,
        ring: NamedDependency[KeyRing],
        caller: NamedDependency[Caller],
        key_id: FromPath[str],
    ) -> None:
        """Take a key back: it is refused here at once, by other gateways seconds later."""
        await ring.revoke(key_id, caller)
