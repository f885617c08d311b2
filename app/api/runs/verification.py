"""POST /verify-email: judges an e-mail address that is known."""

from app.api.http.authentication import AuthenticatedRequest
from app.api.http.responses import Answer
from app.api.http.submission import REFUSALS, read_submission
from app.api.openapi import parameters
from app.api.openapi.operation import DocumentedResponse, operation
from app.api.runs.enrich import submit_one
from app.dialects.leadmodule import schemas
from app.domain.vocabulary import Dialect


@operation(
    "POST",
    "/verify-email",
    submits=True,
    parameters=(parameters.IDEMPOTENCY, parameters.PREFER),
    body=schemas.VerifyRequestBody,
    answers={
        200: DocumentedResponse(
            description="Answered from the cache, or ended within `Prefer: wait`.",
            schema=schemas.RunBody,
            headers=("Location", "Preference-Applied", "Idempotent-Replayed"),
        ),
        202: DocumentedResponse(
            description="Accepted; poll `Location`, or wait for the webhook.",
            schema=schemas.RunAcceptedBody,
            headers=("Location", "Retry-After", "Preference-Applied", "Idempotent-Replayed"),
        ),
    },
    refuses=REFUSALS,
    dialect=Dialect.LEADMODULE,
)
async def verify_email(request: AuthenticatedRequest) -> Answer:
    """Ask verifiers, one after the other, whether mail to an address arrives.

    The verdict stands in `result.validation`: `valid`, `invalid`, `risky` (the domain takes any address, a throw-away
    domain, an address of a role) or `unknown`, which no cache keeps.
    """
    return await submit_one(request, await read_submission(request, "verify-email"))
