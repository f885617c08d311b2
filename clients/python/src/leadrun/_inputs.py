"""Write contacts and options as the API reads them, whichever dialect's names they come with."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from urllib.parse import quote

from leadrun.errors import ConfigurationError, InvalidContactError

CONTACT = ("firstName", "lastName", "fullName", "companyDomain", "companyName", "linkedInUrl")
OPTIONS = ("enrichmentType", "forceRefresh", "webhookUrl", "metadata", "providers", "maxCostUsd", "waterfall")


def _folded(name: str) -> str:
    return "".join(filter(str.isalnum, name.lower()))


_NAMES = {_folded(name): name for name in (*CONTACT, *OPTIONS)} | {"domain": "companyDomain", "company": "companyName"}


def body_of(contact: Mapping[str, Any], options: Mapping[str, Any]) -> dict[str, Any]:
    """Write the body of a submission.

    Args:
        contact: Members of a contact, and options of its own, in any spelling: `first_name`, `firstName`, `domain`.
        options: Options for all contacts, which the contact's own go before.

    Raises:
        InvalidContactError: A member is unknown, or given twice, or no member says whom to look up.
    """
    if not isinstance(contact, Mapping):
        raise InvalidContactError(f"A contact must be a mapping such as a dict, not {type(contact).__name__}.")
    body: dict[str, Any] = {}
    for given, value in contact.items():
        name = _NAMES.get(_folded(str(given)))
        if name is None:
            known = ", ".join(_snake(one) for one in (*CONTACT, *OPTIONS))
            raise InvalidContactError(f"{given!r} is not a member of a contact; put it in `metadata`. Known: {known}.")
        if is_blank(value):
            continue
        if name in body:
            raise InvalidContactError(f"{given!r} is given twice in one contact, in two spellings; keep one.")
        body[name] = value
    if not any(name in body for name in CONTACT):
        raise InvalidContactError(f"The contact is empty; give one of {', '.join(map(_snake, CONTACT))}.")
    return {name: value for name, value in options.items() if not is_blank(value)} | body


def address_of(email: str, options: Mapping[str, Any]) -> dict[str, Any]:
    """Write the body of a verification.

    Raises:
        InvalidContactError: The address is blank.
    """
    if is_blank(email):
        raise InvalidContactError("The address is empty; give one such as jane.smith@acme.example.")
    return {name: value for name, value in options.items() if not is_blank(value)} | {"email": email}


def cap_of(usd: float | None) -> float | None:
    """Return a cap of the cost.

    Raises:
        ConfigurationError: It is not a number, which must not become no cap at all.
    """
    if usd is not None and usd != usd:  # noqa: PLR0124 - NaN
        raise ConfigurationError("max_cost_usd is not a number; leave it out where there is to be no cap.")
    return usd


def id_of(given: str) -> str:
    """Write an id as a part of a path.

    Raises:
        ConfigurationError: It is empty.
    """
    if not given:
        raise ConfigurationError("The id is empty; give that of a run, batch or delivery.")
    return quote(given, safe="")


def is_blank(value: object) -> bool:
    """Return whether a value is as good as absent: None, a blank text, or the NaN that tables have in empty cells."""
    return value is None or value != value or (isinstance(value, str) and not value.strip())  # noqa: PLR0124 - NaN


def _snake(name: str) -> str:
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name).replace(
        "linked_in", "linkedin"
    )


def encode(value: object) -> bytes:
    """Write JSON.

    Raises:
        InvalidContactError: It holds what JSON cannot express.
    """
    try:
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode()
    except (TypeError, ValueError) as error:
        raise InvalidContactError(f"This cannot be written as JSON: {error}") from error


def key_of(*parts: object) -> str:
    """Derive an idempotency key: the same parts give the same key, on any machine."""
    canonical = json.dumps(parts, sort_keys=True, separators=(",", ":"), default=str)
    return hashlib.sha256(canonical.encode()).hexdigest()


def query_of(**given: Any) -> dict[str, str]:  # noqa: ANN401 - whatever a parameter takes
    """Write the parameters of a query; absent ones are left out."""
    return {name: _parameter(value) for name, value in given.items() if value is not None}


def _parameter(value: Any) -> str:  # noqa: ANN401 - as above
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, datetime):
        return value.astimezone().isoformat()
    if isinstance(value, str):
        return value
    return ",".join(map(str, value)) if isinstance(value, Sequence) else str(value)


def options_of(
    *,
    enrichment_type: str | None,
    force_refresh: bool | None,
    providers: Sequence[str] | None,
    max_cost_usd: float | None,
    waterfall: str | None = None,
    metadata: Mapping[str, Any] | None = None,
    webhook_url: str | None,
) -> dict[str, Any]:
    """Collect the options of a submission."""
    return {
        "enrichmentType": enrichment_type,
        "forceRefresh": force_refresh,
        "providers": list(providers) if providers is not None else None,
        "maxCostUsd": cap_of(max_cost_usd),
        "waterfall": waterfall,
        "metadata": metadata,
        "webhookUrl": webhook_url,
    }


_TIMES = ("created_after", "created_before")
LIST_FILTERS = ("enrichment_type", "mode", "key", "domain", "q", *_TIMES)
RUN_FILTERS = ("status", "result_status", *LIST_FILTERS)
DELIVERY_FILTERS = ("run_id", "job_id", "endpoint_id", "state", "event", *_TIMES)


def filters_of(filters: Mapping[str, Any], known: Sequence[str], page_size: int) -> dict[str, str]:
    """Write the filters of a collection, which the API names in camelCase.

    Raises:
        ConfigurationError: One is unknown: the API would leave it out, and list everything.
    """
    if unknown := sorted(set(filters) - set(known)):
        raise ConfigurationError(f"There is no filter {unknown[0]!r}; known are {', '.join(known)}.")
    return query_of(limit=page_size, **{_camel(name): value for name, value in filters.items()})


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(map(str.capitalize, rest))
