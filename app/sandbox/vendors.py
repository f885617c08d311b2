"""The five made-up vendors; each behaves as another kind of real vendor does."""

import base64
import binascii

from litestar import Request, Response, get, post
from litestar.datastructures import State
from litestar.di import NamedDependency
from litestar.params import FromPath

from app.sandbox.behaviour import RETRY_AFTER, Act
from app.sandbox.population import DIAL, DUO, LATER, MAIL, MOODY
from app.sandbox.state import SandboxRequest, SandboxState, part, read_json

Asked = Request[object, object, State]
Answer = Response[object]

EMAIL, PHONE = frozenset({"email"}), frozenset({"phone"})
WAIT = {"retry-after": RETRY_AFTER}
FAULT_PAGE = "<html><body><h1>500 Internal Server Error</h1></body></html>"
VERDICTS = {"valid": "deliverable", "risky": "accept_all", "unknown": "unknown"}
QUALITIES = {"valid": "A", "risky": "B", "unknown": "C"}
KINDS = {"mobile": "cell", "landline": "state", "voip": "voip"}


@get("/mail/v2/find")
async def mail(request: Asked, sandbox: NamedDependency[SandboxState]) -> Answer:
    """Answer as a tidy GET API does: statuses say it all, a miss is a 404."""
    received = sandbox.receive(MAIL, EMAIL, dict(request.query_params))
    if not sandbox.accepts(MAIL, request.headers.get("x-api-key")):
        return sandbox.answer(received, 401, {"error": "invalid_api_key"})
    await sandbox.wait(received)
    behaviour = received.behaviour
    match behaviour.kind:
        case Act.THROTTLED:
            return sandbox.answer(received, 429, {"error": "too_many_requests"}, WAIT)
        case Act.BROKE:
            return sandbox.answer(received, 402, {"error": "insufficient_credits"})
        case Act.FAULT:
            return sandbox.answer(received, 500, {"error": "internal"})
        case Act.ANSWER if behaviour.email is None:
            return sandbox.answer(received, 404, {"error": "not_found"})
        case Act.ANSWER:
            found = {"email": behaviour.email, "verdict": VERDICTS[behaviour.grade], "score": behaviour.confidence}
            return sandbox.answer(received, 200, found)


@post("/dial/lookup", status_code=200)
async def dial(request: Asked, sandbox: NamedDependency[SandboxState]) -> Answer:
    """Answer as a terse POST API does: null for a miss, 403 for everything about the account."""
    received = sandbox.receive(DIAL, PHONE, part(await read_json(request), "person"))
    if not sandbox.accepts(DIAL, request.headers.get("authorization", "").removeprefix("Bearer ")):
        return sandbox.answer(received, 403, {"error": {"code": "BAD_TOKEN"}})
    await sandbox.wait(received)
    behaviour = received.behaviour
    match behaviour.kind:
        case Act.THROTTLED:
            return sandbox.answer(received, 429, {"error": {"code": "SLOW_DOWN"}, "retry_in": int(RETRY_AFTER)})
        case Act.BROKE:
            return sandbox.answer(received, 403, {"error": {"code": "NO_CREDITS"}})
        case Act.FAULT:
            return sandbox.answer(received, 500, FAULT_PAGE)
        case Act.ANSWER:
            phone = behaviour.phone
            number = f"+{phone[0]} ({phone[1:4]}) {phone[4:7]}-{phone[7:]}" if phone else None
            return sandbox.answer(received, 200, {"number": number, "line": KINDS[behaviour.line] if number else None})


@post("/duo/enrich", status_code=200)
async def duo(request: Asked, sandbox: NamedDependency[SandboxState]) -> Answer:
    """Answer as a database vendor does: both fields for one price, and nearly always 200 with a status inside."""
    given = await read_json(request)
    asked = given.get("want")
    wanted = frozenset(f for f in EMAIL | PHONE if isinstance(asked, list) and f in asked)
    received = sandbox.receive(DUO, wanted or EMAIL | PHONE, part(given, "who"))
    if not sandbox.accepts(DUO, _basic_password(request.headers.get("authorization", ""))):
        return sandbox.answer(received, 401, {"status": "unauthorized"})
    await sandbox.wait(received)
    behaviour = received.behaviour
    match behaviour.kind:
        case Act.THROTTLED:
            return sandbox.answer(received, 429, {"status": "limited"}, WAIT)
        case Act.BROKE:
            return sandbox.answer(received, 200, {"status": "payment_required"})
        case Act.FAULT:
            return sandbox.answer(received, 500, {"status": "error"})
        case Act.ANSWER if behaviour.email is None and behaviour.phone is None:
            return sandbox.answer(received, 200, {"status": "no_match"})
        case Act.ANSWER:
            return sandbox.answer(received, 200, {"status": "ok", "person": _duo_person(received)})


def _duo_person(received: SandboxRequest) -> dict[str, object]:
    behaviour = received.behaviour
    work = {"address": behaviour.email, "type": "work", "quality": QUALITIES[behaviour.grade]}
    # A private address comes along, as such vendors send it; it must never be taken for the work address.
    private = {"address": f"{received.person.id}@gmail.com", "type": "personal", "quality": "A"}
    return {
        "emails": [private, work] if behaviour.email else [],
        "phones": [{"digits": behaviour.phone, "kind": behaviour.line}] if behaviour.phone else [],
    }


def _basic_password(header: str) -> str | None:
    try:
        return base64.b64decode(header.removeprefix("Basic "), validate=True).decode().partition(":")[2]
    except (binascii.Error, UnicodeDecodeError):
        return None


@post("/later/jobs", status_code=202)
async def later_submit(request: Asked, sandbox: NamedDependency[SandboxState]) -> Answer:
    """Accept a look-up and name its job, as asynchronous vendors do."""
    received = sandbox.receive(LATER, EMAIL, part(await read_json(request), "contact"))
    if not sandbox.accepts(LATER, request.query_params.get("token")):
        return sandbox.answer(received, 401, {"message": "bad token"})
    match received.behaviour.kind:
        case Act.THROTTLED:
            return sandbox.answer(received, 429, {"message": "limit reached"}, WAIT)
        case Act.FAULT:
            return sandbox.answer(received, 503, {"message": "unavailable"})
        case Act.ANSWER | Act.BROKE:
            name = f"{received.person.id}-{sandbox.journal.times('later job', received.person.id)}"
            sandbox.jobs.put(name, sandbox.clock.monotonic() + received.behaviour.delay, received)
            return sandbox.answer(received, 202, {"job": {"id": name, "state": "running"}})


@get("/later/jobs/{name:str}")
async def later_poll(request: Asked, sandbox: NamedDependency[SandboxState], name: FromPath[str]) -> Answer:
    """Return the state of a job."""
    kept = sandbox.jobs.get(name)
    if kept is None or not sandbox.accepts(LATER, request.query_params.get("token")):
        status, message = (404, "no such job") if kept is None else (401, "bad token")
        return Response(content={"message": message}, status_code=status)
    ready_at, received = kept
    behaviour = received.behaviour
    if sandbox.clock.monotonic() < ready_at:
        return sandbox.answer(received, 200, {"job": {"id": name, "state": "running"}}, call="poll")
    if behaviour.kind is Act.BROKE:
        return sandbox.answer(received, 200, {"job": {"id": name, "state": "failed", "why": "credits"}}, call="poll")
    found = (
        {"mail": behaviour.email, "certainty": behaviour.confidence / 100, "check": behaviour.grade}
        if behaviour.email
        else None
    )
    body = {"job": {"id": name, "state": "done"}, "result": found}
    return sandbox.answer(received, 200, body, call="poll")


@get("/moody/api")
async def moody(request: Asked, sandbox: NamedDependency[SandboxState]) -> Answer:
    """Answer as an unreliable vendor does: errors inside a 200, HTML pages, silence; the second time it is better."""
    query = dict(request.query_params)
    fields = PHONE if query.get("what") == "phone" else EMAIL
    received = sandbox.receive(MOODY, fields, query)
    if not sandbox.accepts(MOODY, query.get("apiKey")):
        return sandbox.answer(received, 200, {"ok": False, "code": "KEY"})
    await sandbox.wait(received)
    behaviour = received.behaviour
    match behaviour.kind:
        case Act.THROTTLED:
            return sandbox.answer(received, 429, "Too many requests", WAIT)
        case Act.BROKE:
            return sandbox.answer(received, 200, {"ok": False, "code": "BALANCE"})
        case Act.FAULT:
            return sandbox.answer(received, 500, FAULT_PAGE)
        case Act.ANSWER:
            value = behaviour.email if fields == EMAIL else behaviour.phone
            hits = [{"value": value, "grade": behaviour.grade, "line": behaviour.line}] if value else []
            return sandbox.answer(received, 200, {"ok": True, "hits": hits})


VENDORS = (mail, dial, duo, later_submit, later_poll, moody)
