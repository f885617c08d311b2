"""Contacts of many kinds for four accounts, and the list of the events that are due; kept outside of leadrun."""

import asyncio
import json
from collections import Counter
from collections.abc import Coroutine, Iterator
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import httpx
import msgspec

from app.domain.vocabulary import Mode
from app.services import open_services
from app.settings.reading import read_settings
from app.usecases.accounts.manage_keys import ManageKeys
from tests.crash.stack import Stack
from tests.crash.world import Script

CLIENTS = 16
JOB = 15  # more than ten, so that it goes to the worker for large jobs
JOB_EVERY = 75
AGAIN_EVERY = 50
HOSTS = 4
NO_LIMIT = 1_000_000
# What the sandbox is asked: the moody provider's silences of three seconds would only make it longer.
QUICK = ["sandbox-mail", "sandbox-duo"]


class Owed(msgspec.Struct, frozen=True, kw_only=True):
    """One event that is due.

    Attributes:
        of: The run or job.
        event: `run` for the end of a run, however it ended; else the event's name.
        url: Where it is due.
    """

    of: UUID
    event: str
    url: str


@dataclass(kw_only=True)
class Account:
    """One account: a live or a test-mode key; its events go to URLs that requests name, or at an endpoint."""

    name: str
    script: Script
    endpoint: str | None
    providers: list[str] = field(default_factory=list)


async def open_accounts(stack: Stack, port: int) -> list[Account]:
    """Make a live and a test-mode account that name URLs, and two that have an endpoint."""
    settings = read_settings(stack.environment)
    accounts = []
    async with open_services(settings) as services:
        for number, (mode, told) in enumerate((m, t) for m in Mode for t in ("urls", "endpoint")):
            name, live = f"{mode.value}-{told}", mode is Mode.LIVE
            made = await ManageKeys(services).create(
                account=name, mode=mode, amount=NO_LIMIT if live else 0, rate_limit=NO_LIMIT
            )
            endpoint = f"http://127.1.0.{number + 1}:{port}/endpoint" if told == "endpoint" else None
            if endpoint:
                await _listen(stack.up.ready["url"], made.api_key, endpoint)
            script = Script(stack.up.ready["url"], made.api_key)
            accounts.append(Account(name=name, script=script, endpoint=endpoint, providers=[] if live else list(QUICK)))
    return accounts


async def _listen(url: str, key: str, endpoint: str) -> None:
    async with httpx.AsyncClient(trust_env=False) as client:
        answer = await client.post(
            f"{url}/api/v1/webhooks/endpoints", json={"url": endpoint}, headers={"Authorization": f"Bearer {key}"}
        )
        assert answer.status_code == httpx.codes.CREATED, answer.text


class Load:
    """So many runs, and what became of submitting them."""

    def __init__(self, accounts: list[Account], port: int) -> None:
        self._accounts, self._port = accounts, port
        self.runs: set[UUID] = set()
        self.jobs: dict[UUID, Account] = {}
        self.owed: Counter[Owed] = Counter()
        self.cancels = 0
        self._first: dict[str, str] = {}

    async def submit(self, runs: int) -> None:
        """Submit as several careful clients do."""
        jobs, again = runs // JOB_EVERY, max(len(self._accounts), runs // AGAIN_EVERY)
        singles = runs - jobs * JOB - again
        work = self._work(singles, jobs)
        async with asyncio.TaskGroup() as clients:
            for _ in range(CLIENTS):
                clients.create_task(self._client(work))
        for number in range(singles, singles + again):
            await self._again(self._accounts[number % len(self._accounts)], number)

    def _work(self, singles: int, jobs: int) -> Iterator[Coroutine[Any, Any, None]]:
        """Spread jobs evenly among single contacts, and both over the accounts."""
        job = 0
        for number in range(singles):
            yield self._single(self._accounts[number % len(self._accounts)], number // len(self._accounts))
            if job * singles < number * jobs:
                yield self._job(self._accounts[job % len(self._accounts)], job)
                job += 1

    async def _client(self, work: Iterator[Coroutine[Any, Any, None]]) -> None:
        for one in work:
            await one

    async def _single(self, account: Account, number: int) -> None:
        person, kind = number, number % 20
        match kind:
            case 3 | 4:  # a duplicate of a look-up under way, which is joined
                person = number - 1
            case 11 | 17:  # of one that may have ended
                person = number - 10
            case 7:  # looked up again, see below
                person = number - 2
        body = _person(f"Smith{person}") | ({"forceRefresh": True} if kind == 7 else {})
        run_id = await self._submit(account, number, body, named=account.endpoint is None or kind == 5)
        if kind == 13:
            self.cancels += 1
            await account.script.cancel(run_id)

    async def _again(self, account: Account, number: int) -> None:
        """Submit the account's first person again, who has been looked up by now and is in the cache."""
        while (await account.script.run(self._first[account.name], wait=20))["status"] in {"pending", "processing"}:
            pass
        await self._submit(account, number, _person("Smith0"), named=account.endpoint is None)

    async def _submit(self, account: Account, number: int, body: dict[str, object], *, named: bool) -> str:
        url = self._url(account, number) if named else None
        body |= ({"webhookUrl": url} if url else {}) | _providers(account)
        run_id = await account.script.submit(f"{account.name}-{number}", body)
        self.runs.add(UUID(run_id))
        if number == 0:
            self._first[account.name] = run_id
        for told in (url, account.endpoint):
            if told:
                self.owed[Owed(of=UUID(run_id), event="run", url=told)] += 1
        return run_id

    async def _job(self, account: Account, number: int) -> None:
        contacts = [
            {"first_name": "Jane", "last_name": f"Jones{number}x{place}", "domain": "acme.example"}
            for place in range(JOB)
        ]
        url = None if account.endpoint else self._url(account, number)
        told = {"webhook_url": url, "webhook_events": ["contact.completed"]} if url else {}
        name = f"{account.name}-job-{number}"
        job_id = UUID(await account.script.job(name, {"contacts": contacts} | told | _providers(account)))
        self.jobs[job_id] = account
        self.owed[Owed(of=job_id, event="job.completed", url=url or account.endpoint or "")] += 1

    def of_job(self, job_id: UUID, run_ids: list[UUID], named: str | None) -> None:
        """Note the runs of a job, which are known only by looking."""
        account = self.jobs[job_id]
        assert len(run_ids) == JOB
        self.runs.update(run_ids)
        for run_id in run_ids:
            if named:
                self.owed[Owed(of=run_id, event="contact.completed", url=named)] += 1
            if account.endpoint:
                self.owed[Owed(of=run_id, event="run", url=account.endpoint)] += 1

    def _url(self, account: Account, number: int) -> str:
        host = 1 + number % HOSTS
        return f"http://127.0.{self._accounts.index(account)}.{host}:{self._port}/named"

    async def close(self) -> None:
        """Disconnect."""
        for account in self._accounts:
            await account.script.close()


def _person(last_name: str) -> dict[str, object]:
    return {"firstName": "Jane", "lastName": last_name, "companyDomain": "acme.example"}


def _providers(account: Account) -> dict[str, object]:
    return {"providers": account.providers} if account.providers else {}


def event_told(path: str, body: bytes) -> tuple[object, ...]:
    """Return which event a body is, by what a receiver can know: what it is of, and the place where it arrived."""
    told = json.loads(body)
    return path, told["type"], told.get("runId"), told.get("job_id"), told.get("id"), told.get("index")
