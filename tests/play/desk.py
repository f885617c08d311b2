"""An API's use cases behind a proxy that a test breaks, and the truth next to it."""

import asyncio
import secrets

from sqlalchemy import text

from app.domain.contacts.contact import Contact
from app.domain.runs.view import RunView
from app.services import Services
from app.usecases.accounts.authenticate import Authenticator, Principal
from app.usecases.accounts.manage_keys import ManageKeys
from app.usecases.runs.submission import Submission
from app.usecases.runs.submit import Submit
from tests.play.proxy import Proxy

# Against waiting for ever: six and ten times what it takes, for a machine that stalls.
ANSWERED_WITHIN = 30.0
HEALED_WITHIN = 60.0


class Desk:
    """An API's use case behind a proxy, and the truth next to it."""

    def __init__(self, services: Services, truth: Services, proxy: Proxy) -> None:
        self.services, self.truth, self.proxy = services, truth, proxy
        self.submit = Submit(services)

    async def principal(self, account: str = "acme") -> Principal:
        made = await ManageKeys(self.truth).create(account=account, amount=1000)
        return await Authenticator(self.truth)(made.api_key)

    async def post(self, principal: Principal, contact: Contact | None = None) -> RunView:
        [accepted] = await self.submit([Submission(principal=principal, contact=contact or somebody())])
        return accepted.run

    async def answer_with(self, state: str | None) -> None:
        """Have PostgreSQL answer each new run with an error from now on."""
        async with self.truth.engine.begin() as connection:
            await connection.execute(text("DELETE FROM refusal"))
            if state:
                await connection.execute(text("INSERT INTO refusal VALUES (:state)"), {"state": state})

    async def counts(self) -> tuple[int, int]:
        """Count runs and charges."""
        async with self.truth.engine.connect() as connection:
            runs = await connection.scalar(text("SELECT count(*) FROM runs"))
            charges = await connection.scalar(text("SELECT count(*) FROM credit_entries WHERE kind = 'charge'"))
        return int(runs or 0), int(charges or 0)


def somebody() -> Contact:
    return Contact(full_name=f"Jane {secrets.token_hex(6)}", company_domain="acme.example")


async def timed(waiting: asyncio.Task[RunView] | asyncio.Future[RunView]) -> float:
    """Wait, and return the seconds that it took."""
    began = asyncio.get_running_loop().time()
    await asyncio.wait([waiting])
    return asyncio.get_running_loop().time() - began
