"""Paths to the grade of a verification, which may stand in several members or places."""

from app.providers.declaration.messages import NoValue, Path, VendorResponse, is_flag, is_yes, step


def joined(*paths: str) -> Path:
    """Make a path to several values as one text, for grades that only together say what is known.

    A bar stands between them, so that no pattern takes the beginning of a word for the whole of it. A flag reads as
    true or false, however it is written.
    """

    def read(reply: VendorResponse) -> object:
        return "|".join(_word(step(reply.body, path)) for path in paths)

    return read


def _word(value: object) -> str:
    if is_flag(value):
        return "true" if is_yes(value) else "false"
    return written(value) or ""


def either(*paths: str) -> Path:
    """Make a path to the first of several places where there is a value."""

    def read(reply: VendorResponse) -> object:
        return next(filter(None, (written(step(reply.body, path)) for path in paths)), NoValue.MISSING)

    return read


def written(value: object) -> str | None:
    """Write a text, number or flag; None where there is none of these, or nothing in it."""
    if isinstance(value, bool):
        return str(value).lower()
    return str(value).strip() or None if isinstance(value, str | int | float) else None
