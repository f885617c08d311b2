"""Explain each error and its remedy: served at the problem's ``type``, and written to docs/errors.md."""

import msgspec

from app.api.http.errors import ERRORS_PATH, STATUS, UnknownRouteError
from app.api.http.request_context import AnyRequest
from app.api.http.responses import Answer, json_answer
from app.api.openapi.operation import DocumentedResponse, public_operation
from app.api.openapi.parameters import parameter


class ErrorPageBody(msgspec.Struct, frozen=True, kw_only=True):
    """The meaning of an error."""

    type: str
    title: str
    status: int
    meaning: str
    remedy: str


_REMEDIES = {
    "invalid-input": "`errors` names every wrong member at once, up to 50 (`moreErrors` counts the rest); correct them "
    "and send the request again.",
    "malformed-request": "Send a well-formed HTTP/1.1 request.",
    "unauthenticated": "Send one valid key, as `Authorization: Bearer <key>` or as `X-API-Key: <key>`.",
    "nothing-to-report": "Report about a value that the run has found, once it has ended.",
    "cap-reached": "Wait until the cap opens again, or set a higher one; `creditsAvailable` says what it leaves.",
    "insufficient-credits": "`creditsRequired` and `creditsAvailable` say what is missing; add credits, then repeat.",
    "not-found": "Check the id and that the key belongs to the account that made it.",
    "unknown-route": "Check the path; `/docs` lists what is served.",
    "method-not-allowed": "`Allow` lists the methods of this path.",
    "not-acceptable": "Accept `application/json` (or `text/event-stream` for events).",
    "idempotency-in-flight": "Repeat the request after `Retry-After`; it then gets the first one's answer.",
    "already-ended": "Nothing; read the run for its result.",
    "forbidden": "Use a key that has the scope in `requiredScope` and may be used from here; see `GET /api/v1/keys`.",
    "account-suspended": "Ask the operator of this installation; `detail` says why. Nothing is lost: lists wait, "
    "and what was accepted is still looked up and delivered.",
    "too-many-keys": "Revoke keys that are not used any more with `DELETE /api/v1/keys/{id}`.",
    "too-many-endpoints": "Change an endpoint (`PATCH`), or delete one that is no longer needed.",
    "endpoint-closed": "Enable the endpoint (`PATCH` with `enabled: true`), if need be with `replay: true`.",
    "payload-expunged": "Read what the event was about, such as the run: `GET /api/v1/enrich/{runId}`.",
    "recovery-too-old": "Send a later `since`; older deliveries can be redelivered one by one.",
    "account-limit": "Wait for the seconds that `Retry-After` gives; `detail` says which limit it is.",
    "body-too-large": "Send at most 1 MiB; `metadata` may hold 4 KiB.",
    "request-timeout": "Send the headers within 10 seconds, and a body at 500 bytes a second or faster.",
    "uri-too-long": "Send a shorter path and query; what is long belongs into the body.",
    "headers-too-large": "Send fewer or shorter headers.",
    "too-many-connections": "Keep connections alive and reuse them; wait for the seconds that `Retry-After` gives.",
    "shutting-down": "Repeat the request after `Retry-After`, a submission with the same `Idempotency-Key`.",
    "unsupported-media-type": "Send uncompressed JSON in UTF-8 as `application/json`.",
    "idempotency-mismatch": "Use a new `Idempotency-Key` for a new request.",
    "quota-exceeded": "Wait for the seconds that `Retry-After` gives, then repeat: nothing was consumed.",
    "internal-error": "Repeat later (with the same `Idempotency-Key` if you used one); report it with its request id.",
    "unavailable": "Wait for the seconds that `Retry-After` gives, then repeat: nothing was accepted or charged.",
    "outcome-unknown": "Repeat the request with the same `Idempotency-Key`, or the contact without `forceRefresh`: "
    "what was accepted is not accepted or charged again. Without a key, look for it in `GET /api/v1/runs` first; a "
    "key, an endpoint, a secret or a quote in their lists.",
}

PAGES: dict[str, ErrorPageBody] = {
    kind.code: ErrorPageBody(
        type=f"{ERRORS_PATH}/{kind.code}",
        title=kind.title,
        status=status,
        meaning=(kind.__doc__ or "").splitlines()[0],
        remedy=_REMEDIES[kind.code],
    )
    for kind, status in STATUS.items()
}


_CODE = parameter("path", "code", "Last part of a problem's `type`.", {"type": "string", "enum": list(PAGES)})


@public_operation(
    "GET",
    f"{ERRORS_PATH}/{{code}}",
    parameters=(_CODE,),
    answers={200: DocumentedResponse(description="The explanation.", schema=ErrorPageBody)},
    refuses=(UnknownRouteError,),
)
async def explain_error(request: AnyRequest) -> Answer:
    """Explain an error."""
    page = PAGES.get(request.path_params["code"])
    if page is None:
        raise UnknownRouteError(request.scope["path"])
    return json_answer(page, headers={"cache-control": "public, max-age=3600"})


def errors_markdown() -> str:
    """Write docs/errors.md."""
    lines = [
        "# Errors",
        "",
        "Every error is `application/problem+json` (RFC 9457); its `type` is one of these paths, and each resolves.",
        "",
        "| type | status | meaning | what to do |",
        "| --- | --- | --- | --- |",
        *(f"| `{p.type}` | {p.status} | {p.meaning} | {p.remedy} |" for p in PAGES.values()),
    ]
    return "\n".join(lines) + "\n"
