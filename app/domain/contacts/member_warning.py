"""Member warnings: why a member of a contact was dropped or read in part, in the client's words."""

from collections.abc import Iterable

import msgspec

from app.domain.errors import FieldError

MAX_SHOWN = 80


class MemberWarning(msgspec.Struct, frozen=True, kw_only=True):
    """One member of a contact that was not taken as it was given.

    Attributes:
        field: Its name in the client's dialect, or its column.
        message: Why, and the remedy.
        dropped: Whether it was dropped; else it was read in part.
        is_empty: Whether it stood for no value, as ``N/A`` does; then it is as good as absent, also where rows must be
            without fault.
    """

    field: str
    message: str
    dropped: bool = True
    is_empty: bool = False

    @property
    def problem(self) -> FieldError:
        """The same as a reason to refuse the contact."""
        return FieldError(field=self.field, message=self.message)


def shown(value: str) -> str:
    """Quote a value for a sentence, shortened; characters that cannot be printed or stored are escaped."""
    return repr(value if len(value) <= MAX_SHOWN else value[: MAX_SHOWN - 1] + "…")


def sentences(warnings: Iterable[MemberWarning], *, where: str = "") -> tuple[str, ...]:
    """Write warnings as sentences; `where` says which contact they are of."""
    return tuple(f"{where}{one.field}{' was ignored' * one.dropped}: {one.message}" for one in warnings)
