"""What the sandbox's providers share: the person behind a request, the reaction, the waiting and the journal."""

import asyncio
from collections.abc import Mapping
from datetime import datetime
from typing import Protocol

import msgspec
from litestar import Request, Response
from litestar.datastructures import State
from litestar.exceptions import ClientException

from app.providers.setup.registry import load_specs
from app.sandbox.behaviour import Behaviour, choose_behaviour
from app.sandbox.journal import Journal, JournalEntry, PendingJobs
from app.sandbox.population import Person, PersonQuery, meet, read_query
from app.settings.settings import Settings


class SandboxClock(Protocol):
    """The time, as far as the sandbox needs it."""

    def now(self) -> datetime:
        """Return the time in UTC."""
        ...

    def monotonic(self) -> float:
        """Return seconds of a clock that never goes back."""
        ...


class SandboxRequest(msgspec.Struct, frozen=True, kw_only=True):
    """One asking at a provider: about whom, for what, and what the provider will do."""

    provider: str
    fields: frozenset[str]
    person: Person
    reaction: Behaviour


class SandboxState:
    """The state of one sandbox process."""

    def __init__(self, settings: Settings, clock: SandboxClock) -> None:
        """Start with an empty journal; the providers' public keys are those of the catalogue."""
        self.settings = settings
        self.clock = clock
        self.journal = Journal()
        self.jobs: PendingJobs[SandboxRequest] = PendingJobs()
        self._keys = {spec.slug: spec.public_key for spec in load_specs() if spec.public_key}

    def knows(self, provider: str, key: str | None) -> bool:
        """Tell whether a key opens a provider."""
        return key == self._keys[provider]

    def receive(self, provider: str, fields: frozenset[str], given: Mapping[str, object]) -> SandboxRequest:
        """Work out whom an asking is about and what the provider does with it."""
        asking: PersonQuery = read_query(given)
        person = meet(asking, self.settings.sandbox_match_rate)
        reaction = choose_behaviour(
            provider, fields, person, self.settings, lambda: self.journal.times(provider, person.id)
        )
        return SandboxRequest(provider=provider, fields=fields, person=person, reaction=reaction)

    async def wait(self, visit: SandboxRequest) -> None:
        """Take the provider's time."""
        if visit.reaction.delay:
            await asyncio.sleep(visit.reaction.delay)

    def answer(
        self,
        visit: SandboxRequest,
        status: int,
        body: object,
        headers: dict[str, str] | None = None,
        *,
        call: str = "ask",
    ) -> Response[object]:
        """Write the journal, then answer; a text is sent as HTML, everything else as JSON."""
        field = "both" if len(visit.fields) > 1 else next(iter(visit.fields))
        self.journal.write(
            JournalEntry(
                provider=visit.provider,
                field=field,
                call=call,
                person=visit.person.id,
                at=self.clock.now(),
                status=status,
            )
        )
        media = "text/html" if isinstance(body, str) else "application/json"
        return Response(content=body, status_code=status, headers=headers, media_type=media)


async def read_json(request: Request[object, object, State]) -> dict[str, object]:
    """Read a JSON object.

    Raises:
        ClientException: When the body is none.
    """
    try:
        return msgspec.json.decode(await request.body(), type=dict[str, object])
    except (msgspec.DecodeError, msgspec.ValidationError, RecursionError):
        raise ClientException("the body must be a JSON object") from None


def part(given: Mapping[str, object], name: str) -> dict[str, object]:
    """Return a member that is an object; an empty one where it is not."""
    value = given.get(name)
    return {str(k): v for k, v in value.items()} if isinstance(value, dict) else {}
