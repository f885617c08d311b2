"""Takes members out of the JSON objects of submissions, whichever dialect names them, and collects what is wrong."""

from collections.abc import Collection, Mapping, Sequence
from decimal import Decimal
from enum import StrEnum
from typing import Any, TypeVar

import msgspec

from app.domain.contacts.contact import MAX_URL, Contact, RawContact, normalise
from app.domain.contacts.field_aliases import attribute_of
from app.domain.contacts.text import MAX_NAME, clean_text
from app.domain.errors import FieldError
from app.domain.vocabulary import EnrichmentType

MAX_METADATA = 4096
MAX_PROVIDERS = 50
MAX_COST = Decimal(100_000)
LEAST_COST = Decimal("0.000001")

Choice = TypeVar("Choice", bound=StrEnum)


class SubmissionDraft(msgspec.Struct, frozen=True, kw_only=True):
    """A submission as far as its body tells; `warnings` are sentences for the client."""

    contact: Contact
    type: EnrichmentType
    only_providers: tuple[str, ...] | None
    max_cost_usd: Decimal | None
    force_refresh: bool
    webhook_url: str | None
    metadata: dict[str, Any]
    warnings: tuple[str, ...]


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

    def kind(self, name: str) -> EnrichmentType:
        """Return what is looked for; an e-mail address when it is absent."""
        value = self._body.get(name)
        if value is None:
            return EnrichmentType.EMAIL
        if isinstance(value, str) and value in set(EnrichmentType):
            return EnrichmentType(value)
        self.wrong(name, f"must be one of {', '.join(EnrichmentType)}")
        return EnrichmentType.EMAIL

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

    def cost(self, name: str) -> Decimal | None:
        """Return an amount of US dollars, in millionths."""
        value = self._body.get(name)
        if value is None:
            return None
        # The shortest decimal that reads back as the same number is what the client wrote.
        if isinstance(value, int | float) and not isinstance(value, bool):
            amount = Decimal(repr(value))
            if LEAST_COST <= amount <= MAX_COST:
                return amount.quantize(LEAST_COST)
        self.wrong(name, f"must be a number of US dollars above 0, at most {MAX_COST}")
        return None

    def metadata(self, name: str) -> dict[str, Any]:
        """Return a JSON object of the client's own, up to 4 KiB; an empty one when it is absent."""
        value = self._body.get(name)
        if value is None:
            return {}
        if not isinstance(value, dict):
            self.wrong(name, "must be a JSON object")
        elif len(msgspec.json.encode(value)) > MAX_METADATA:
            self.wrong(name, f"must be at most {MAX_METADATA} bytes as JSON")
        else:
            return value
        return {}

    def providers(self, name: str, known: Collection[str]) -> tuple[str, ...] | None:
        """Return the providers that alone may be asked, in the order to ask them; None when it is absent."""
        value = self._body.get(name)
        if value is None:
            return None
        if not isinstance(value, list) or not value or len(value) > MAX_PROVIDERS:
            self.wrong(name, f"must be a list of 1 to {MAX_PROVIDERS} provider names")
            return None
        for place, item in enumerate(value):
            if not isinstance(item, str):
                self.wrong(f"{name}[{place}]", "must be the name of a provider")
            elif item not in known:
                self.wrong(f"{name}[{place}]", f"is not a provider; known are {', '.join(known)}")
            elif item in value[:place]:
                self.wrong(f"{name}[{place}]", "is named twice")
        return tuple(item for item in value if isinstance(item, str))

    def contact(self, names: Mapping[str, str], *, required: Collection[str] = ()) -> Contact:
        """Return the contact that the object holds, in its normal form.

        Args:
            names: For attributes of `RawContact` their names in the dialect.
            required: Attributes without which nobody is looked up.
        """
        before = len(self.problems)
        long = ("company_domain", "linkedin_url")
        given = {field: self.text(name, MAX_URL if field in long else MAX_NAME) for field, name in names.items()}
        texts_are_wrong = len(self.problems) > before
        # What has a wrong type or length is told already.
        absent = {names[field]: field for field in required if self._is_empty(names[field])}
        for name, field in absent.items():
            self.wrong(name, "is required" + self._misnamed({field: name}))
        spoken = {field: names.get(field, field) for field in RawContact.__struct_fields__}
        contact, problems = normalise(RawContact(**given), spoken)
        for problem in problems:
            # That nobody can be looked up follows from what is said already.
            if problem.field or not (texts_are_wrong or absent):
                self.wrong(problem.field, problem.message + ("" if problem.field else self._misnamed(names)))
        return contact

    def _misnamed(self, names: Mapping[str, str]) -> str:
        """Say which members would be read under other names: those of the other dialect, or another spelling."""
        meant = {names[one]: name for name in self._body if (one := attribute_of(name)) and one in names}
        return "".join(f"; {name[:100]!r} is called {here!r} here" for here, name in meant.items() if name != here)

    def _is_empty(self, name: str) -> bool:
        value = self._body.get(name)
        return value is None or (isinstance(value, str) and clean_text(value) is None)

    def unknown(self, known: Collection[str]) -> tuple[str, ...]:
        """List the members that are not known."""
        return tuple(name for name in self._body if name not in known)


def ignored(name: str, known: Collection[str], *, where: str = "") -> str:
    """Say that an unknown member was ignored, and which one was probably meant."""
    folded = {_fold(member): member for member in known}
    attribute = attribute_of(name)
    # The dialects call some things differently.
    same = (member for member in known if attribute and attribute_of(member) == attribute)
    meant = folded.get(_fold(name)) or next(same, None)
    return f"unknown member {name[:100]!r} was ignored{where}" + (f"; did you mean {meant!r}?" if meant else "")


def _fold(name: str) -> str:
    return name.replace("_", "").replace("-", "").lower()
