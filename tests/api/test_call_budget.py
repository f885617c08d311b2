"""The work of a request, as the number of Python functions that it calls: what grows is seen here, on any machine.

The bounds leave a tenth over what was needed when they were written. One that a new feature exceeds is raised only
together with docs/performance.md.
"""

import msgspec
import pytest

from app.domain.vocabulary import Mode
from app.settings.settings import Settings
from app.usecases.accounts import authenticate
from tests.api.door import PERSON, opened
from tests.api.ending import end_open
from tests.play.calls import usual_calls

WARM, COUNTED = 6, 11
PATH = "/api/v1/enrich"
SUBMISSION, DUPLICATE, READ = 1530, 1400, 700


@pytest.fixture
def unlimited(settings: Settings) -> Settings:
    return msgspec.structs.replace(settings, rate_limit=10_000, read_limit=10_000)


async def test_a_request_calls_no_more_functions_than_its_budget(
    unlimited: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A busy machine takes longer for a request than a key is remembered, and looking it up is a request's work.
    monkeypatch.setattr(authenticate, "REMEMBERED", 600.0)
    with opened(unlimited) as door:
        async with door.client(await door.key(mode=Mode.LIVE)) as client:

            async def submit(number: int) -> str:
                body = {**PERSON, "companyDomain": f"company-{number}.example"}
                answer = await client.post(PATH, json=body)
                assert answer.is_success
                return str(answer.json()["runId"])

            async def read(number: int) -> None:
                answer = await client.get(f"{PATH}/{ids[number % WARM]}")
                assert answer.json()["status"] == "completed"

            # Connections, prepared statements and caches are there once a few requests have passed.
            ids = [await submit(number) for number in range(WARM)]
            submissions = await usual_calls(door, COUNTED, lambda number: submit(WARM + number))
            await end_open(door)
            for number in range(WARM):
                await submit(number)
                await read(number)
            duplicates = await usual_calls(door, COUNTED, lambda number: submit(number % WARM))
            reads = await usual_calls(door, COUNTED, read)
    assert submissions <= SUBMISSION
    assert duplicates <= DUPLICATE
    assert reads <= READ
