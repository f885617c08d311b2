"""The LeadModule dialect: a pure translation between its camelCase JSON and what the use cases take."""

from collections.abc import Collection
from typing import Any

from app.dialects.body_reader import BodyReader, SubmissionDraft, ignored
from app.domain.errors import FieldError

NAMES = {
    "first_name": "firstName",
    "last_name": "lastName",
    "full_name": "fullName",
    "company_domain": "companyDomain",
    "company_name": "companyName",
    "linkedin_url": "linkedInUrl",
}
WEBHOOK_URL = "webhookUrl"
MEMBERS = (*NAMES.values(), "enrichmentType", "forceRefresh", WEBHOOK_URL, "metadata", "providers", "maxCostUsd")


def parse(body: dict[str, Any], known_providers: Collection[str]) -> tuple[SubmissionDraft, list[FieldError]]:
    """Translate a body.

    Args:
        body: The JSON object.
        known_providers: The names that ``providers`` may hold for this key.

    Returns:
        The draft, and every problem found; the draft is only meaningful when there is none. `webhookUrl` is not vetted.
    """
    members = BodyReader(body)
    draft = SubmissionDraft(
        contact=members.contact(NAMES),
        type=members.kind("enrichmentType"),
        only_providers=members.providers("providers", known_providers),
        max_cost_usd=members.cost("maxCostUsd"),
        force_refresh=members.flag("forceRefresh"),
        webhook_url=members.url(WEBHOOK_URL),
        metadata=members.metadata("metadata"),
        warnings=tuple(ignored(name, MEMBERS) for name in members.unknown(MEMBERS)),
    )
    return draft, members.problems
