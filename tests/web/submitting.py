"""Look-ups that people's accounts have submitted, for pages to show."""

import httpx

from tests.api.ending import end_run
from tests.web.stack import Person, Stack


async def submit(stack: Stack, person: Person, *names: str, amount: int = 100) -> list[str]:
    """Submit a contact for each last name with a key of a person's account; return the runs."""
    key = await stack.door.key(person.account, amount=amount)
    made = []
    async with httpx.AsyncClient(base_url=stack.url, headers={"authorization": f"Bearer {key.api_key}"}) as client:
        for name in names:
            contact = {"firstName": "Jane", "lastName": name, "companyDomain": "acme.example"}
            made.append((await client.post("/api/v1/enrich", json=contact)).json()["runId"])
    return made


async def look_up(stack: Stack, person: Person, *names: str) -> list[str]:
    """Submit contacts and end each run as found; return the runs."""
    made = await submit(stack, person, *names)
    for run in made:
        await end_run(stack.door, run)
    return made
