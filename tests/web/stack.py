"""The app on a real server, and people who are signed in: one stack for all tests of a process."""

import itertools
import re

import httpx
import msgspec

from app.domain.people.role import Role
from app.domain.vocabulary import Mode
from app.redis.sliding_window import Limiter
from app.services import Services
from app.store.accounts import keys
from app.store.people import users
from app.usecases.people.links import EntryLinks
from app.usecases.people.sign_in import SignIn
from app.web.frame.security import SESSION_COOKIE, csrf_token
from tests.api.door import Door

PASSWORD = "a long enough password"

_numbers = itertools.count(1)


class Person(msgspec.Struct, frozen=True, kw_only=True):
    """A person with a session."""

    email: str
    account: str
    secret: str
    csrf: str


class Stack:
    """The app, where each test makes people and accounts of its own."""

    def __init__(self, door: Door, services: Services) -> None:
        self.door, self.services, self.url = door, services, door.url

    def name(self, what: str = "Account") -> str:
        """A name that no other test uses."""
        return f"{what} {next(_numbers)}"

    async def person(
        self,
        role: Role = Role.OWNER,
        *,
        account: str = "",
        operator: bool = False,
        mode: Mode = Mode.LIVE,
        balance: int = 0,
    ) -> Person:
        """Make a person with a session, a member of the account of a name, or of a new one."""
        account, email = account or self.name(), f"person{next(_numbers)}@acme.example"
        services = self.services
        async with services.write() as connection:
            now = services.now()
            account_id = await keys.add_account(connection, services.new_id(), account, now)
            user_id = await users.add(connection, services.new_id(), email, now)
            await users.change(connection, user_id, operator=operator, name="Jane Smith")
            await users.join(connection, user_id, account_id, role, now)
            limiter = Limiter(services.redis, name="test", monotonic=services.clock.monotonic)
            secret = await SignIn(services, limiter).begin(connection, user_id, address="127.0.0.1", agent="a test")
        if mode is Mode.TEST:
            self.door.sql("UPDATE user_sessions SET mode = 'test' WHERE user_id = %s", user_id)
        if balance:
            await self.door.key(account, amount=balance)
        return Person(email=email, account=account, secret=secret, csrf=csrf_token(secret))

    @property
    def links(self) -> EntryLinks:
        return EntryLinks(self.services)

    async def join(self, person: Person, account: str, role: Role = Role.MEMBER) -> None:
        """Make a person a member of the account of a name."""
        services = self.services
        async with services.write() as connection:
            account_id = await keys.add_account(connection, services.new_id(), account, services.now())
            user = await users.by_email(connection, person.email)
            assert user
            await users.join(connection, user.id, account_id, role, services.now())

    def client(self, person: Person | None = None) -> httpx.AsyncClient:
        """A browser without scripts, which sends the token of the person's forms as a header."""
        headers = {"x-csrf-token": person.csrf} if person else {}
        cookies = {SESSION_COOKIE: person.secret} if person else {}
        return httpx.AsyncClient(base_url=self.url, headers=headers, cookies=cookies, timeout=30)


def token_of(page: str) -> str:
    """The token of the forms of a page."""
    found = re.search(r'name="csrf" value="(\w+)"', page)
    assert found
    return found[1]
