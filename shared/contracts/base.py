"""The two kinds of contract: what the public sends, and what processes tell each other."""

import msgspec


class Inbound(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A public request body: an unknown field is an error."""


class Wire(msgspec.Struct, frozen=True, kw_only=True):
    """An answer, job payload or manifest: unknown fields are tolerated.

    Two versions of the product run side by side during a deploy, so a new field gets a default.
    """
