"""Return which member a client probably meant by a name that is not read."""

from collections.abc import Iterable, Sized
from itertools import islice

from app.domain.contacts.field_aliases import attribute_of

# A body with more members than this was not written by hand.
MAX_LOOKED_AT = 200


# The most unknown members that are named one by one.
MAX_UNKNOWN = 20


def misnamed(members: Iterable[str], names: Iterable[str]) -> str:
    """Return which members would be read under other names: those of the other dialect, or another spelling."""
    wanted = {attribute: name for name in names if (attribute := attribute_of(name))}
    meant = {
        wanted[one]: name for name in islice(members, MAX_LOOKED_AT) if (one := attribute_of(name)) and one in wanted
    }
    return "".join(f"; {name[:100]!r} is called {here!r} here" for here, name in meant.items() if name != here)


def unknown_member(name: str, known: Iterable[str], *, where: str = "") -> str:
    """Return the warning that an unknown member was ignored, and which one was probably meant."""
    folded = {_fold(member): member for member in known}
    attribute = attribute_of(name)
    # The dialects call some things differently.
    same = (member for member in folded.values() if attribute and attribute_of(member) == attribute)
    meant = folded.get(_fold(name)) or next(same, None)
    return f"unknown member {name[:100]!r} was ignored{where}" + (f"; did you mean {meant!r}?" if meant else "")


def left_unnamed(unknown: Sized) -> tuple[str, ...]:
    """Return the warning that counts the unknown members beyond those that are named, if there are such."""
    more = len(unknown) - MAX_UNKNOWN
    return (f"{more} more unknown members were ignored",) if more > 0 else ()


def _fold(name: str) -> str:
    return name.replace("_", "").replace("-", "").lower()
