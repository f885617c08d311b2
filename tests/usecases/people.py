"""People to look up, and what their look-ups come to, for the tests of use cases."""

from datetime import timedelta
from typing import Any

import msgspec
from sqlalchemy import func, select

from app.domain.contacts.contact import Contact
from app.domain.runs.lookup_options import LookupOptions
from app.domain.waterfall.outcome import Conclusion
from app.services import Services
from app.usecases.accounts.authenticate import Principal
from app.usecases.runs.submission import Accepted, Submission
from app.usecases.runs.submit import Submit
from tests.play.clock import AheadClock
from tests.play.worker import end_cascades


def split_options(said: dict[str, Any]) -> dict[str, Any]:
    """Gather the options among keyword arguments in one `LookupOptions`."""
    names = LookupOptions.__struct_fields__
    rest = {name: value for name, value in said.items() if name not in names}
    return rest | {"options": LookupOptions(**{name: value for name, value in said.items() if name in names})}


def jane(principal: Principal, number: int = 0, **more: Any) -> Submission:
    """Somebody to look up."""
    contact = Contact(first_name="Jane", last_name=f"Smith{number}", company_domain="acme.example")
    return Submission(principal=principal, contact=contact, **split_options(more))


async def submit_one(submit: Submit, submission: Submission) -> Accepted:
    """Submit one contact."""
    return (await submit([submission]))[0]


async def end(services: Services, accepted: Accepted, conclusion: Conclusion, *, asked: bool = True) -> bool:
    """End a run's cascade as a worker would."""
    assert accepted.run.cascade_id
    return bool(await end_cascades(services, [accepted.run.cascade_id], lambda _: conclusion, asked=asked))


async def count(services: Services, table: Any) -> int:
    """Count rows."""
    async with services.engine.connect() as connection:
        return int(await connection.scalar(select(func.count()).select_from(table)) or 0)


def later(services: Services, ahead: timedelta) -> Services:
    """The same process, some time later."""
    return msgspec.structs.replace(services, clock=AheadClock(ahead))
