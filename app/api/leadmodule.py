"""The LeadModule dialect: a pure translation between its camelCase JSON and what the use cases take."""

from collections.abc import Collection
from decimal import Decimal
from typing import Any

import msgspec

from app.domain.contact import MAX_NAME, MAX_URL, Contact, EnrichmentType, RawContact, normalise
from app.domain.errors import InvalidInput, Problem

MAX_METADATA = 4096
MAX_PROVIDERS = 50
MAX_COST = Decimal(100_000)
LEAST_COST = Decimal("0.000001")

NAMES = {
    "first_name": "firstName",
    "last_name": "lastName",
    "full_name": "fullName",
    "company_domain": "companyDomain",
    "company_name": "companyName",
    "linkedin_url": "linkedInUrl",
}
LONG = ("companyDomain", "linkedInUrl", "webhookUrl")
MEMBERS = (*NAMES.values(), "enrichmentType", "forceRefresh", "webhookUrl", "metadata", "providers", "maxCostUsd")


class Draft(msgspec.Struct, frozen=True, kw_only=True):
    """A submission as far as its body tells; `warnings` are sentences for the client."""

    contact: Contact
    type: EnrichmentType
    only_providers: tuple[str, ...] | None
    max_cost_usd: Decimal | None
    force_refresh: bool
    webhook_url: str | None
    metadata: dict[str, Any]
    warnings: tuple[str, ...]


class _Reader:
    """Takes members out of a body and collects what is wrong with them; null counts as absent."""

    def __init__(self, body: dict[str, Any]) -> None:
        self._body = body
        self.problems: list[Problem] = []

    def wrong(self, name: str, message: str) -> None:
        self.problems.append(Problem(field=name, message=message))

    def text(self, name: str) -> str | None:
        value = self._body.get(name)
        most = MAX_URL if name in LONG else MAX_NAME
        if value is None or (isinstance(value, str) and len(value) <= most):
            return value
        self.wrong(name, "must be a string" if not isinstance(value, str) else f"must be at most {most} characters")
        return None

    def flag(self, name: str) -> bool:
        value = self._body.get(name)
        if value is None or isinstance(value, bool):
            return bool(value)
        self.wrong(name, "must be true or false")
        return False

    def kind(self, name: str) -> EnrichmentType:
        value = self._body.get(name)
        if value is None:
            return EnrichmentType.EMAIL
        if isinstance(value, str) and value in set(EnrichmentType):
            return EnrichmentType(value)
        self.wrong(name, f"must be one of {', '.join(EnrichmentType)}")
        return EnrichmentType.EMAIL

    def cost(self, name: str) -> Decimal | None:
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


def parse(body: dict[str, Any], known_providers: Collection[str]) -> tuple[Draft, list[Problem]]:
    """Translate a body.

    Args:
        body: The JSON object.
        known_providers: The names that ``providers`` may hold for this key.

    Returns:
        The draft, and every problem found; the draft is only meaningful when there is none. `webhookUrl` is not vetted.

    Raises:
        InvalidInput: The body is a job of the other dialect.
    """
    if "contacts" in body:
        raise InvalidInput(
            [
                Problem(
                    field="contacts", message="jobs of several contacts are not served here; send one contact a request"
                )
            ]
        )
    reader = _Reader(body)
    raw = RawContact(**{attribute: reader.text(name) for attribute, name in NAMES.items()})
    texts_are_wrong = bool(reader.problems)
    contact, problems = normalise(raw, NAMES)
    if not (texts_are_wrong and [p.field for p in problems] == [""]):
        reader.problems += problems
    draft = Draft(
        contact=contact,
        type=reader.kind("enrichmentType"),
        only_providers=reader.providers("providers", known_providers),
        max_cost_usd=reader.cost("maxCostUsd"),
        force_refresh=reader.flag("forceRefresh"),
        webhook_url=reader.text("webhookUrl") or None,
        metadata=reader.metadata("metadata"),
        warnings=tuple(
            f"unknown member {name[:100]!r} was ignored{_guess(name)}" for name in body if name not in MEMBERS
        ),
    )
    return draft, reader.problems


def _guess(name: str) -> str:
    folded = {member.lower(): member for member in MEMBERS}
    meant = folded.get(name.replace("_", "").replace("-", "").lower())
    return f"; did you mean {meant!r}?" if meant else ""
