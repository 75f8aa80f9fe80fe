"""Ops: the stored releases: list, activate, pin, take out as a file and put in from one."""

from collections.abc import AsyncGenerator
from typing import Any, Final

from litestar import Controller, Request, delete, get, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath

from services.gateway.callers import Caller
from services.gateway.documentation import ADMIN_SECURITY, refusals
from services.gateway.forwarding import PassedOn
from services.gateway.release_ops import FILE_TYPE, ReleaseOps
from shared.contracts.releases import ReleaseList, ReleaseView

_OPERATOR: Final = {"role": "operator"}


class StoredReleasesController(Controller):
    """Releases in Redis; what one holds is told elsewhere (`controllers.releases`)."""

    path = "/v1/releases"
    tags = ("ops",)
    security = ADMIN_SECURITY

    @get(opt=_OPERATOR, responses=refusals(401, 403, 503))
    async def stored(self, release_ops: NamedDependency[ReleaseOps]) -> ReleaseList:
        """The stored releases, newest first: live, kept, pinned, and the candidate."""
        return await release_ops.releases()

    @get("/{number:int}", opt=_OPERATOR, responses=refusals(401, 403, 404, 503))
    async def release(
        self, release_ops: NamedDependency[ReleaseOps], number: FromPath[int]
    ) -> ReleaseView:
        """One stored release: its state, input, counts and size."""
        return await release_ops.release(number)

    @post(
        "/{number:int}/activate",
        status_code=200,
        opt=_OPERATOR,
        responses=refusals(401, 403, 404, 409, 503),
    )
    async def activate(
        self,
        release_ops: NamedDependency[ReleaseOps],
        caller: NamedDependency[Caller],
        number: FromPath[int],
    ) -> ReleaseView:
        """Make a stored release live: roll back, go forward again, or take a candidate.

        The services follow within seconds. A build that began before ends as a candidate.
        """
        return await release_ops.activate(number, caller)

    @put("/{number:int}/pin", opt=_OPERATOR, responses=refusals(401, 403, 404, 409, 503))
    async def pin(
        self,
        release_ops: NamedDependency[ReleaseOps],
        caller: NamedDependency[Caller],
        number: FromPath[int],
    ) -> ReleaseView:
        """Let a published release stay, however many come after it."""
        return await release_ops.pin(number, caller)

    @delete(
        "/{number:int}/pin",
        status_code=200,
        opt=_OPERATOR,
        responses=refusals(401, 403, 404, 503),
    )
    async def unpin(
        self,
        release_ops: NamedDependency[ReleaseOps],
        caller: NamedDependency[Caller],
        number: FromPath[int],
    ) -> ReleaseView:
        """Take the pin away; a release that only its pin has kept goes at once."""
        return await release_ops.unpin(number, caller)

    @get(
        "/{number:int}/export",
        opt={**_OPERATOR, "file": FILE_TYPE},
        responses=refusals(401, 403, 404, 503),
    )
    async def export(
        self,
        release_ops: NamedDependency[ReleaseOps],
        caller: NamedDependency[Caller],
        number: FromPath[int],
    ) -> PassedOn:
        """A release as one file, to be put in again here or elsewhere."""
        return PassedOn(lambda: release_ops.export(number, caller), f"butaca-release-{number}.bin")

    @post(
        opt={"role": "admin", "body": FILE_TYPE},
        request_max_body_size=None,
        responses=refusals(401, 403, 409, 413, 422, 503),
    )
    async def take_in(
        self,
        release_ops: NamedDependency[ReleaseOps],
        caller: NamedDependency[Caller],
        request: Request[Any, Any, Any],
    ) -> ReleaseView:
        """Put in an exported release. It keeps its number, its answers and their tags.

        Every byte is checked first, and it is all or nothing. It goes live where no release is;
        elsewhere it is kept, and `activate` makes it live. One that is stored already stays as
        it is.
        """
        body: AsyncGenerator[bytes] = request.stream()
        return await release_ops.take_in(body, caller)
