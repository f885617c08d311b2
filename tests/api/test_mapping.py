"""The mapping of a batch: which column fills which member, whatever its heading says."""

import json

import httpx
import pytest

from tests.api.checks import problem
from tests.api.door import Door
from tests.api.files import RITA, accepted, contacts, send


@pytest.mark.parametrize(
    ("query", "domain"),
    [
        pytest.param([("mapping", "domain:Shop"), ("mapping", "lastName:Wer")], "shop.example", id="in the query"),
        pytest.param([("mapping", '{"company_domain": "shop", "last_name": ["Wer"]}')], "shop.example", id="as json"),
        pytest.param([("mapping", "Nachname:Wer"), ("mapping", "domain:")], None, id="a member that stays empty"),
    ],
)
async def test_a_mapping_overrides_the_headings(
    door: Door, client: httpx.AsyncClient, query: list[tuple[str, str]], domain: str | None
) -> None:
    body = "Vorname,Wer,Shop,Website\nRita,Moss,shop.example,site.example\n"
    await accepted(client, body, mapping=[value for _, value in query])
    assert contacts(door) == [RITA | ({"company_domain": domain} if domain else {})]


async def test_a_mapping_stands_in_a_document_too(door: Door, client: httpx.AsyncClient) -> None:
    people = [{"Vorname": "Rita", "Wer": "Moss", "Shop": "shop.example"}]
    body = {"contacts": people, "mapping": {"domain": "Shop", "last_name": "Wer"}}
    made = await accepted(client, json.dumps(body), "application/json")
    assert contacts(door) == [RITA | {"company_domain": "shop.example"}]
    assert made["reading"]["columns_ignored"] == []


@pytest.mark.parametrize(
    ("mapping", "said"),
    [
        ("domain:Firm", "the file has no column 'Firm'; it has 'Vorname', 'Website'"),
        ("fax:Website", "'fax' is no member of a contact; known are first_name, last_name, full_name, domain"),
        ("Website", "must be an object such as"),
        ('{"domain": 3}', "'domain' must name a column"),
        ("{oops", "must be an object such as"),
        ("[1]", "must be an object such as"),
    ],
)
async def test_a_mapping_that_cannot_be_meant_is_refused(client: httpx.AsyncClient, mapping: str, said: str) -> None:
    answer = await send(client, "Vorname,Website\nRita,acme.example\n", mapping=mapping)
    (error,) = problem(answer, 400, "invalid-input", "errors")["errors"]
    assert error["field"] == "mapping"
    assert said in error["message"]
