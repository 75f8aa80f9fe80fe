"""The kind that every answer is."""

from typing import Any, cast

import msgspec

from butaca_client.display import Rows, describe, describe_html


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """An answer of the service, or a part of one: fields of a newer version are passed over."""

    def __post_init__(self) -> None:
        """Let lists of answers show themselves as tables."""
        for name in self.__struct_fields__:
            value: Any = getattr(self, name)
            if type(value) is list and (not value or isinstance(value[0], Answer)):
                msgspec.structs.force_setattr(self, name, Rows(cast("list[object]", value)))

    def __repr__(self) -> str:
        """Show the answer in one line."""
        return describe(self)

    def _repr_html_(self) -> str:
        """Show the answer as a table."""
        return describe_html(self)
