"""The five made-up providers, each with the manners of another kind of vendor."""

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
    visit = sandbox.receive(MAIL, EMAIL, dict(request.query_params))
    if not sandbox.knows(MAIL, request.headers.get("x-api-key")):
        return sandbox.answer(visit, 401, {"error": "invalid_api_key"})
    await sandbox.wait(visit)
    act = visit.reaction
    match act.act:
        case Act.THROTTLED:
            return sandbox.answer(visit, 429, {"error": "too_many_requests"}, WAIT)
        case Act.BROKE:
            return sandbox.answer(visit, 402, {"error": "insufficient_credits"})
        case Act.FAULT:
            return sandbox.answer(visit, 500, {"error": "internal"})
        case Act.ANSWER if act.email is None:
            return sandbox.answer(visit, 404, {"error": "not_found"})
        case Act.ANSWER:
            found = {"email": act.email, "verdict": VERDICTS[act.grade], "score": act.confidence}
            return sandbox.answer(visit, 200, found)


@post("/dial/lookup", status_code=200)
async def dial(request: Asked, sandbox: NamedDependency[SandboxState]) -> Answer:
    """Answer as a terse POST API does: null for a miss, 403 for everything about the account."""
    visit = sandbox.receive(DIAL, PHONE, part(await read_json(request), "person"))
    if not sandbox.knows(DIAL, request.headers.get("authorization", "").removeprefix("Bearer ")):
        return sandbox.answer(visit, 403, {"error": {"code": "BAD_TOKEN"}})
    await sandbox.wait(visit)
    act = visit.reaction
    match act.act:
        case Act.THROTTLED:
            return sandbox.answer(visit, 429, {"error": {"code": "SLOW_DOWN"}, "retry_in": int(RETRY_AFTER)})
        case Act.BROKE:
            return sandbox.answer(visit, 403, {"error": {"code": "NO_CREDITS"}})
        case Act.FAULT:
            return sandbox.answer(visit, 500, FAULT_PAGE)
        case Act.ANSWER:
            number = f"+{act.phone[0]} ({act.phone[1:4]}) {act.phone[4:7]}-{act.phone[7:]}" if act.phone else None
            return sandbox.answer(visit, 200, {"number": number, "line": KINDS[act.line] if number else None})


@post("/duo/enrich", status_code=200)
async def duo(request: Asked, sandbox: NamedDependency[SandboxState]) -> Answer:
    """Answer as a database vendor does: both fields for one price, and nearly always 200 with a status inside."""
    given = await read_json(request)
    asked = given.get("want")
    wanted = frozenset(f for f in EMAIL | PHONE if isinstance(asked, list) and f in asked)
    visit = sandbox.receive(DUO, wanted or EMAIL | PHONE, part(given, "who"))
    if not sandbox.knows(DUO, _basic_password(request.headers.get("authorization", ""))):
        return sandbox.answer(visit, 401, {"status": "unauthorized"})
    await sandbox.wait(visit)
    act = visit.reaction
    match act.act:
        case Act.THROTTLED:
            return sandbox.answer(visit, 429, {"status": "limited"}, WAIT)
        case Act.BROKE:
            return sandbox.answer(visit, 200, {"status": "payment_required"})
        case Act.FAULT:
            return sandbox.answer(visit, 500, {"status": "error"})
        case Act.ANSWER if act.email is None and act.phone is None:
            return sandbox.answer(visit, 200, {"status": "no_match"})
        case Act.ANSWER:
            return sandbox.answer(visit, 200, {"status": "ok", "person": _duo_person(visit)})


def _duo_person(visit: SandboxRequest) -> dict[str, object]:
    act = visit.reaction
    work = {"address": act.email, "type": "work", "quality": QUALITIES[act.grade]}
    # A private address comes along, as such vendors send it; it must never be taken for the work address.
    private = {"address": f"{visit.person.id}@gmail.com", "type": "personal", "quality": "A"}
    return {
        "emails": [private, work] if act.email else [],
        "phones": [{"digits": act.phone, "kind": act.line}] if act.phone else [],
    }


def _basic_password(header: str) -> str | None:
    try:
        return base64.b64decode(header.removeprefix("Basic "), validate=True).decode().partition(":")[2]
    except (binascii.Error, UnicodeDecodeError):
        return None


@post("/later/jobs", status_code=202)
async def later_submit(request: Asked, sandbox: NamedDependency[SandboxState]) -> Answer:
    """Accept a look-up and name its job, as asynchronous vendors do."""
    visit = sandbox.receive(LATER, EMAIL, part(await read_json(request), "contact"))
    if not sandbox.knows(LATER, request.query_params.get("token")):
        return sandbox.answer(visit, 401, {"message": "bad token"})
    match visit.reaction.act:
        case Act.THROTTLED:
            return sandbox.answer(visit, 429, {"message": "limit reached"}, WAIT)
        case Act.FAULT:
            return sandbox.answer(visit, 503, {"message": "unavailable"})
        case Act.ANSWER | Act.BROKE:
            name = f"{visit.person.id}-{sandbox.journal.times('later job', visit.person.id)}"
            sandbox.jobs.put(name, sandbox.clock.monotonic() + visit.reaction.delay, visit)
            return sandbox.answer(visit, 202, {"job": {"id": name, "state": "running"}})


@get("/later/jobs/{name:str}")
async def later_poll(request: Asked, sandbox: NamedDependency[SandboxState], name: FromPath[str]) -> Answer:
    """Tell how a job stands."""
    kept = sandbox.jobs.get(name)
    if kept is None or not sandbox.knows(LATER, request.query_params.get("token")):
        status, message = (404, "no such job") if kept is None else (401, "bad token")
        return Response(content={"message": message}, status_code=status)
    ready_at, visit = kept
    act = visit.reaction
    if sandbox.clock.monotonic() < ready_at:
        return sandbox.answer(visit, 200, {"job": {"id": name, "state": "running"}}, call="poll")
    if act.act is Act.BROKE:
        return sandbox.answer(visit, 200, {"job": {"id": name, "state": "failed", "why": "credits"}}, call="poll")
    found = {"mail": act.email, "certainty": act.confidence / 100, "check": act.grade} if act.email else None
    body = {"job": {"id": name, "state": "done"}, "result": found}
    return sandbox.answer(visit, 200, body, call="poll")


@get("/moody/api")
async def moody(request: Asked, sandbox: NamedDependency[SandboxState]) -> Answer:
    """Answer as an unreliable vendor does: errors inside a 200, HTML pages, silence; the second time it is better."""
    query = dict(request.query_params)
    fields = PHONE if query.get("what") == "phone" else EMAIL
    visit = sandbox.receive(MOODY, fields, query)
    if not sandbox.knows(MOODY, query.get("apiKey")):
        return sandbox.answer(visit, 200, {"ok": False, "code": "KEY"})
    await sandbox.wait(visit)
    act = visit.reaction
    match act.act:
        case Act.THROTTLED:
            return sandbox.answer(visit, 429, "Too many requests", WAIT)
        case Act.BROKE:
            return sandbox.answer(visit, 200, {"ok": False, "code": "BALANCE"})
        case Act.FAULT:
            return sandbox.answer(visit, 500, FAULT_PAGE)
        case Act.ANSWER:
            value = act.email if fields == EMAIL else act.phone
            hits = [{"value": value, "grade": act.grade, "line": act.line}] if value else []
            return sandbox.answer(visit, 200, {"ok": True, "hits": hits})


VENDORS = (mail, dial, duo, later_submit, later_poll, moody)
