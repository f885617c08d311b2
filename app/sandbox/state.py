"""The state that the sandbox's vendors share: settings, clock, journal and pending jobs."""

import asyncio
from collections.abc import Mapping

import msgspec
from litestar import Request, Response
from litestar.datastructures import State
from litestar.exceptions import ClientException

from app.clock import Clock
from app.providers.setup.registry import load_specs
from app.sandbox.behaviour import Behaviour, choose_behaviour
from app.sandbox.journal import Journal, JournalEntry, PendingJobs
from app.sandbox.population import Person, PersonQuery, make_person, read_query
from app.settings.settings import Settings


class SandboxRequest(msgspec.Struct, frozen=True, kw_only=True):
    """One request to a vendor: the person, the fields, and the behaviour that the vendor shows."""

    provider: str
    fields: frozenset[str]
    person: Person
    behaviour: Behaviour


class SandboxState:
    """The state of one sandbox process."""

    def __init__(self, settings: Settings, clock: Clock) -> None:
        """Start with an empty journal; the vendors' public keys are those of the catalogue."""
        self.settings = settings
        self.clock = clock
        self.journal = Journal()
        self.jobs: PendingJobs[SandboxRequest] = PendingJobs()
        self._keys = {spec.slug: spec.public_key for spec in load_specs() if spec.public_key}

    def accepts(self, provider: str, key: str | None) -> bool:
        """Return whether a key is valid for a vendor."""
        return key == self._keys[provider]

    def receive(self, provider: str, fields: frozenset[str], given: Mapping[str, object]) -> SandboxRequest:
        """Read a request, and choose the behaviour for it."""
        query: PersonQuery = read_query(given)
        person = make_person(query, self.settings.sandbox_match_rate)
        behaviour = choose_behaviour(
            provider, fields, person, self.settings, lambda: self.journal.times(provider, person.id)
        )
        return SandboxRequest(provider=provider, fields=fields, person=person, behaviour=behaviour)

    async def wait(self, request: SandboxRequest) -> None:
        """Wait for the delay of the behaviour."""
        if request.behaviour.delay:
            await asyncio.sleep(request.behaviour.delay)

    def answer(
        self,
        request: SandboxRequest,
        status: int,
        body: object,
        headers: dict[str, str] | None = None,
        *,
        call: str = "ask",
    ) -> Response[object]:
        """Record the request in the journal and return the response; a text is HTML, other bodies are JSON."""
        field = "both" if len(request.fields) > 1 else next(iter(request.fields))
        self.journal.write(
            JournalEntry(
                provider=request.provider,
                field=field,
                call=call,
                person=request.person.id,
                at=self.clock.now(),
                status=status,
            )
        )
        media = "text/html" if isinstance(body, str) else "application/json"
        return Response(content=body, status_code=status, headers=headers, media_type=media)


async def read_json(request: Request[object, object, State]) -> dict[str, object]:
    """Read a JSON object.

    Raises:
        ClientException: When the body is not a JSON object.
    """
    try:
        return msgspec.json.decode(await request.body(), type=dict[str, object])
    except (msgspec.DecodeError, msgspec.ValidationError, RecursionError):
        raise ClientException("the body must be a JSON object") from None


def part(given: Mapping[str, object], name: str) -> dict[str, object]:
    """Return a member that is an object, or an empty object."""
    value = given.get(name)
    return {str(k): v for k, v in value.items()} if isinstance(value, dict) else {}
