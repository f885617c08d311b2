"""The variants of the specification: whole or of one dialect, each in OpenAPI 3.1 and 3.0."""

from collections.abc import Sequence
from typing import Any

import msgspec

from app.api.openapi.document import specification
from app.api.openapi.downgrade import downgrade
from app.api.openapi.operation import Operation
from app.api.openapi.portable import without_unused
from app.domain.vocabulary import Dialect


class Variant(msgspec.Struct, frozen=True):
    """A form of the specification: `dialect` is None for the whole, `older` means OpenAPI 3.0."""

    dialect: Dialect | None = None
    older: bool = False

    @property
    def file_name(self) -> str:
        """The name of its copy in the repository."""
        return "-".join(filter(None, ("openapi", "3.0" if self.older else "", self.dialect))) + ".json"


VARIANTS = tuple(Variant(dialect, older) for older in (False, True) for dialect in (None, *Dialect))
# Kept in the repository: the whole, and what importers of 3.0 take.
COMMITTED = tuple(one for one in VARIANTS if one.older or one.dialect is None)


def variant_of(operations: Sequence[Operation], variant: Variant) -> dict[str, Any]:
    """Build a variant of the specification of these operations."""
    document = specification(operations, dialect=variant.dialect)
    # What only null was added to is written out in 3.0, so that its name may be unused there.
    return without_unused(downgrade(document)) if variant.older else document


def variant_json(operations: Sequence[Operation], variant: Variant) -> bytes:
    """Write a variant as it is kept in the repository."""
    return msgspec.json.format(msgspec.json.encode(variant_of(operations, variant)), indent=2) + b"\n"
