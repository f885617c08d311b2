"""Names through the whole service: posted as people have them, a played vendor records what it is asked."""

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from aiohttp import web
from sqlalchemy import select

from app.domain.contacts.text import normal_form
from app.settings.settings import Settings
from app.store.tables.core import cascades
from tests.api.door import opened
from tests.workers.conftest import House, OpenHouse
from tests.workers.vendors import HUNTER_MISS, vendor
from workers.batch_feeder import BatchFeeder


class Service:
    """The API, a worker and a vendor that knows everybody: it makes the address of the names that it is asked for."""

    def __init__(self, client: httpx.AsyncClient, house: House) -> None:
        """Use these; `asked` fills while runs are worked off."""
        self.client = client
        self.asked: list[dict[str, str]] = []
        self.whole_names: list[str] = []
        self._house = house

    def answer(self, request: web.Request) -> Any:
        """Record a question and answer it as Hunter does."""
        person = dict(request.query)
        self.asked.append(person)
        if not (person.get("first_name") and person.get("last_name")):
            return HUNTER_MISS
        address = self.address(person["first_name"], person["last_name"], person.get("domain", "c41.example"))
        return {"data": {"email": address, "score": 97, "verification": {"status": "valid"}}}

    @staticmethod
    def address(first: str, last: str, domain: str) -> str:
        """Make the address that the vendor answers."""
        name = normal_form("NFKD", f"{first}.{last}".lower())
        local = "".join(letter for letter in name if letter.isascii() and (letter.isalpha() or letter == "."))
        return f"{local.strip('.') or 'someone'}@{domain}"

    def answer_whole(self, request: web.Request) -> Any:
        """Record a question for a whole name and know nobody, as RocketReach does."""
        self.whole_names.append(request.query["name"])
        return {"status": "failed", "id": 1}

    async def work(self) -> None:
        """Work off all that was accepted."""
        house = self._house
        feeder, runner = BatchFeeder(house.services), await house.runner()
        while await feeder.feed():
            pass
        async with house.services.engine.connect() as connection:
            waiting = (await connection.scalars(select(cascades.c.id).where(cascades.c.open))).all()
        await runner.accept(waiting)

    async def enrich(self, **contact: Any) -> dict[str, Any]:
        """Post a contact, work it off, and return its run."""
        made = await self.client.post("/api/v1/enrich", json=contact)
        assert made.status_code in {200, 202}, made.text
        await self.work()
        return await self._ended(made.json()["runId"])

    async def _ended(self, run_id: str) -> dict[str, Any]:
        found: dict[str, Any] = (await self.client.get(f"/api/v1/enrich/{run_id}", params={"wait": 30})).json()
        assert found["completedAt"], found
        return found

    async def reasons(self, run_id: str) -> str:
        """Return why the vendor was skipped."""
        found = (await self.client.get(f"/api/v1/enrich/{run_id}/attempts")).json()["attempts"]
        return next(str(one["reason"]) for one in found if one["provider"] == "hunter")

    async def upload(self, table: str) -> list[dict[str, Any]]:
        """Upload a table, work it off, and return its rows with their results."""
        made = await self.client.post("/api/v1/batches", content=table.encode(), headers={"content-type": "text/csv"})
        assert made.status_code == 201, made.text
        await self.work()
        results = f"{made.headers['location']}/results"
        for row in (await self.client.get(results)).json()["results"]:
            if row["run_id"]:
                await self._ended(row["run_id"])
        rows: list[dict[str, Any]] = (await self.client.get(results)).json()["results"]
        return rows

    async def spent(self) -> int:
        """Return the credits spent."""
        return int((await self.client.get("/api/v1/credits")).json()["total_spent"])

    @property
    def names(self) -> list[tuple[str | None, str | None]]:
        """First and last names that were asked for, in order."""
        return sorted((one.get("first_name"), one.get("last_name")) for one in self.asked)


@pytest.fixture
async def service(settings: Settings, open_house: OpenHouse) -> AsyncIterator[Service]:
    async with vendor() as (parts, hunter), vendor() as (whole, rocketreach):
        with opened(settings) as door:
            async with door.client(await door.key()) as client:
                house = await open_house({"hunter": hunter, "rocketreach": rocketreach})
                made = Service(client, house)
                parts.answer, whole.answer = made.answer, made.answer_whole
                yield made


async def test_a_whole_name_beside_a_first_name_tells_three_people_apart(service: Service) -> None:
    rows = await service.upload(
        "First Name,Full Name,Company Domain,CRM Id\n"
        "Jane,Jane Alvarado,c01.example,1\nJane,Jane Boylan,c01.example,2\nJane,Jane Castle,c01.example,3\n"
    )
    assert service.names == [("Jane", "Alvarado"), ("Jane", "Boylan"), ("Jane", "Castle")]
    assert [row["email"] for row in rows] == [f"jane.{name}@c01.example" for name in ("alvarado", "boylan", "castle")]
    assert await service.spent() == 3


async def test_a_placeholder_is_no_last_name_and_costs_nothing(service: Service) -> None:
    missing = ["N/A", "null", "-", ".", "#N/A", "(blank)", "k.A.", "\u2014", "none", "TEST"]
    table = "".join(f"Rita,{text},c{number}.example\n" for number, text in enumerate(missing))
    rows = await service.upload(f"First Name,Last Name,Company Domain\n{table}")
    assert {row["status"] for row in rows} == {"error"}
    assert [row["warnings"] for row in rows] == [
        f"Last Name was ignored: {text!r}: stands for no value" for text in missing
    ]
    assert (service.asked, service.whole_names) == ([], [])
    assert "needs company_domain + first_name + last_name" in await service.reasons(rows[0]["run_id"])
    assert await service.spent() == 0


async def test_an_initial_is_no_last_name_and_the_attempt_says_so(service: Service) -> None:
    initials = ["M.", "M", "\u00c9.", "K. M."]
    table = "".join(f"Rita,{text},c{number}.example\n" for number, text in enumerate(initials))
    rows = await service.upload(f"First Name,Last Name,Company Domain\n{table}")
    assert {row["status"] for row in rows} == {"error"}
    assert (service.asked, service.whole_names) == ([], [])
    for row in rows:
        assert "; an initial is no last name" in await service.reasons(row["run_id"])
    assert await service.spent() == 0


@pytest.mark.parametrize(
    ("contact", "name"),
    [
        pytest.param({"fullName": "Moss, Rita"}, ("Rita", "Moss"), id="last name first"),
        pytest.param({"fullName": "Dr. Rita Moss, MBA"}, ("Rita", "Moss"), id="title and degree"),
        pytest.param({"firstName": "Rita", "lastName": "Mossy, PhD, CFA"}, ("Rita", "Mossy"), id="degrees"),
        pytest.param({"fullName": "\U0001f680 Rita Moss"}, ("Rita", "Moss"), id="emoji"),
        pytest.param(
            {"firstName": "M\u00aa Jos\u00e9", "lastName": "Garza"}, ("M\u00aa Jos\u00e9", "Garza"), id="typography"
        ),
        pytest.param({"firstName": "RITA", "lastName": "VAN DER BERG"}, ("Rita", "van der Berg"), id="capitals"),
        pytest.param({"fullName": "\u5c71\u7530\u592a\u90ce"}, ("\u592a\u90ce", "\u5c71\u7530"), id="Japanese"),
        pytest.param({"firstName": "Rita", "lastName": "Moss Jr."}, ("Rita", "Moss"), id="generation"),
    ],
)
async def test_providers_are_asked_for_the_clean_name(
    service: Service, contact: dict[str, str], name: tuple[str, str]
) -> None:
    run = await service.enrich(**contact, companyDomain="c36.example", providers=["hunter"])
    assert service.names == [name]
    assert run["resultStatus"] == "found"


async def test_a_provider_of_whole_names_gets_the_clean_parts(service: Service) -> None:
    contact = {"firstName": "Rita", "lastName": "Mossgrove", "fullName": "Mossgrove, Rita (she/her)"}
    await service.enrich(**contact, companyDomain="c38.example", providers=["rocketreach"])
    assert service.whole_names == ["Rita Mossgrove"]


async def test_invisible_characters_make_no_other_person(service: Service) -> None:
    for first, last in (("Rita", "Kess\u00adler"), ("Ri\u200bta", "Kessler"), ("Rita", "Kessler")):
        await service.enrich(firstName=first, lastName=last, companyDomain="c39.example", providers=["hunter"])
    assert service.names == [("Rita", "Kessler")]
    assert await service.spent() == 1


@pytest.mark.parametrize(
    ("given", "sent"),
    [
        pytest.param("Borealis Freight\u2122", "Borealis Freight", id="trade mark"),
        pytest.param("m\u00b2 Architekten", "m\u00b2 Architekten", id="raised digit"),
        pytest.param("Studio \u21169 \u00bd", "Studio \u21169 \u00bd", id="number and fraction"),
    ],
)
async def test_a_company_is_asked_for_as_it_writes_itself(service: Service, given: str, sent: str) -> None:
    await service.enrich(firstName="Rita", lastName="Kessler", companyName=given, providers=["hunter"])
    assert [one["company"] for one in service.asked] == [sent]


async def test_an_apostrophe_makes_no_other_person(service: Service) -> None:
    rows = await service.upload(
        "First Name,Last Name,Company Domain\n"
        "Niamh,O\u2019Brian,c43.example\nNiamh,O'Brian,c43.example\nNiamh,O\u02bcBrian,c43.example\n"
    )
    assert len(service.asked) == 1
    assert {row["email"] for row in rows} == {service.address("Niamh", "O\u2019Brian", "c43.example")}
    assert await service.spent() == 1


async def test_a_form_of_empty_texts_is_a_contact(service: Service) -> None:
    empty = dict.fromkeys(
        ("linkedInUrl", "companyName", "enrichmentType", "forceRefresh", "webhookUrl", "metadata", "maxCostUsd"), ""
    )
    run = await service.enrich(**empty, fullName="Rita Moss", companyDomain="c29.example", providers=[])
    assert (run["resultStatus"], run["enrichmentType"]) == ("found", "email")
    assert "warnings" not in run
