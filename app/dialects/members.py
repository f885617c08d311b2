"""Takes members out of the JSON objects of submissions, whichever dialect names them, and collects what is wrong."""

from collections.abc import Collection, Sequence
from enum import StrEnum
from typing import Any, TypeVar

from app.domain.contacts.contact import MAX_URL
from app.domain.contacts.text import MAX_NAME
from app.domain.errors import FieldError

Choice = TypeVar("Choice", bound=StrEnum)


class BodyReader:
    """One JSON object; null counts as absent.

    Attributes:
        problems: What was found to be wrong so far.
    """

    def __init__(self, body: dict[str, Any], *, path: str = "") -> None:
        """Keep the object, and the path that its members have in problems, such as ``contacts[3].``."""
        self._body = body
        self._path = path
        self.problems: list[FieldError] = []

    def wrong(self, name: str, message: str) -> None:
        """Note that a member is wrong."""
        self.problems.append(FieldError(field=f"{self._path}{name}", message=message))

    def text(self, name: str, most: int = MAX_NAME) -> str | None:
        """Return a text of at most so many characters."""
        value = self._body.get(name)
        if value is None or (isinstance(value, str) and len(value) <= most):
            return value
        self.wrong(name, "must be a string" if not isinstance(value, str) else f"must be at most {most} characters")
        return None

    def url(self, name: str) -> str | None:
        """Return a text that may be as long as a URL; None when it is empty."""
        return self.text(name, MAX_URL) or None

    def flag(self, name: str) -> bool:
        """Return a truth value; false when it is absent."""
        value = self._body.get(name)
        if value is None or isinstance(value, bool):
            return bool(value)
        self.wrong(name, "must be true or false")
        return False

    def choices(self, name: str, allowed: Sequence[Choice], *, least: int = 0) -> tuple[Choice, ...]:
        """Return the chosen ones of a list, each once, in the order of `allowed`; none when it is absent."""
        value = self._body.get(name)
        if value is None:
            return ()
        known = ", ".join(allowed)
        if not isinstance(value, list) or len(value) < least:
            self.wrong(name, f"must be a list of {known}")
            return ()
        for place, item in enumerate(value):
            if not (isinstance(item, str) and item in allowed):
                self.wrong(f"{name}[{place}]", f"must be one of {known}")
        return tuple(choice for choice in allowed if choice in value)

    def unknown(self, known: Collection[str]) -> tuple[str, ...]:
        """List the members that are not known."""
        return tuple(name for name in self._body if name not in known)
