"""The made-up verifier: the local part of an address chooses its verdict, for magic addresses as for people."""

import asyncio
import hashlib
from typing import Literal

from litestar import Request, Response, get
from litestar.datastructures import State
from litestar.di import NamedDependency
from litestar.params import FromQuery

from app.sandbox.behaviour import ACTS, RETRY_AFTER, Act
from app.sandbox.journal import JournalEntry
from app.sandbox.magic import FIRST_NAME, Magic
from app.sandbox.state import SandboxState

VERIFY = "sandbox-verify"
Verdict = Literal["deliverable", "accept_all", "undeliverable", "unknown"]
MAGIC: dict[Magic, Verdict] = {Magic.CATCHALL: "accept_all", Magic.MISSING: "undeliverable"}
# Of a hundred addresses that are not magic: how many are sure, take any mail and bounce; the others are unknown.
SURE, TAKES_ALL, BOUNCES = 70, 80, 95
_ERRORS: dict[Act, tuple[int, dict[str, str]]] = {
    Act.FAULT: (500, {}),
    Act.THROTTLED: (429, {"retry-after": RETRY_AFTER}),
    Act.BROKE: (402, {}),
}


@get("/verify/v1/check")
async def verify(
    request: Request[object, object, State], sandbox: NamedDependency[SandboxState], email: FromQuery[str] = ""
) -> Response[dict[str, str]]:
    """Answer as a tidy verifier does."""
    local = email.partition("@")[0].casefold()
    magic = next((one for one in Magic if local == f"{FIRST_NAME}.{one.value}"), None)
    slow = magic is Magic.SLOW
    await asyncio.sleep(
        sandbox.settings.sandbox_slow_seconds / 3 if slow else sandbox.settings.sandbox_latency_ms / 1000
    )
    headers: dict[str, str] = {}
    if not sandbox.accepts(VERIFY, request.headers.get("x-api-key")):
        status, body = 401, {"error": "invalid_api_key"}
    elif magic in ACTS:
        status, headers = _ERRORS[ACTS[magic]]
        body = {"error": ACTS[magic].value}
    else:
        status, body = 200, {"email": email, "verdict": MAGIC.get(magic, "deliverable") if magic else _verdict(local)}
    person = hashlib.sha256(email.casefold().encode()).hexdigest()[:16]
    sandbox.journal.write(
        JournalEntry(provider=VERIFY, field="verify", call="ask", person=person, at=sandbox.clock.now(), status=status)
    )
    return Response(content=body, status_code=status, headers=headers)


def _verdict(local: str) -> Verdict:
    """Choose the verdict of an address, the same every time."""
    chance = hashlib.sha256(f"{local}/verdict".encode()).digest()[0] * 100 // 256
    if chance < SURE:
        return "deliverable"
    if chance < TAKES_ALL:
        return "accept_all"
    return "undeliverable" if chance < BOUNCES else "unknown"
