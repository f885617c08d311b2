"""The preview of an upload: what would be read, asked and paid, while nothing is accepted."""

import json
from typing import Any

import httpx
import msgspec
import pytest

from app.dialects.batches.schemas import BatchPreviewBody
from app.domain.vocabulary import Mode
from app.settings.settings import ProviderSettings, Settings
from tests.api.checks import limited, problem
from tests.api.door import Door, opened
from tests.api.files import RITA

CSV = {"content-type": "text/csv"}
TABLE = """\
Vorname,Nachname,Webseite,Ort
Rita,Moss,acme.example,Oslo
RITA,moss,https://www.acme.example/team,Bergen
Jo,Reed,,Bonn
Kim,Lee,facebook.com/acme,Rom
,,,Paris
"""


async def previewed(client: httpx.AsyncClient, body: bytes | str, **query: Any) -> Any:
    answer = await client.post("/api/v1/batches/preview", content=body, headers=CSV, params=query)
    assert answer.status_code == 200, answer.text
    limited(answer)
    found = answer.json()
    assert msgspec.convert(found, BatchPreviewBody).total == found["total"]
    return found


async def test_a_preview_says_all_and_accepts_nothing(door: Door, client: httpx.AsyncClient) -> None:
    found = await previewed(client, TABLE)
    assert (found["total"], found["accepted"], found["rejected"], found["duplicates"]) == (5, 4, 1, 1)
    nobody = {"first_name": None, "last_name": None, "full_name": None, "company_name": None, "linkedin_url": None}
    assert found["contacts"][0] == {"row": 1, "line": 2, "contact": nobody | RITA | {"domain": "acme.example"}}
    assert [one["row"] for one in found["contacts"]] == [1, 2, 3, 4]
    assert (found["errors"][0]["row"], found["errors"][0]["line"]) == (5, 6)
    assert found["credits_at_most"] == 3
    assert [one["column"] for one in found["reading"]["columns_used"]] == ["Vorname", "Nachname", "Webseite"]
    assert found["reading"]["columns_ignored"] == ["Ort"]
    assert any("row 4: Webseite" in warning for warning in found["warnings"])
    assert door.sql("SELECT (SELECT count(*) FROM jobs) + (SELECT count(*) FROM runs)") == [(0,)]
    assert (await client.get("/api/v1/credits")).json()["total_spent"] == 0


@pytest.mark.parametrize("mode", list(Mode))
async def test_rows_that_no_provider_could_be_asked_for_are_named_in_either_mode(
    settings: Settings, mode: Mode
) -> None:
    hunter = {"hunter": ProviderSettings(api_key="0123456789abcdef")}
    with opened(msgspec.structs.replace(settings, sandbox_url="http://127.0.0.1:9", providers=hunter)) as door:
        async with door.client(await door.key(mode=mode)) as client:
            found = await previewed(client, TABLE)
    assert [one["row"] for one in found["unasked_rows"]] == [3, 4]
    assert found["unasked"] == 2
    assert found["unasked_rows"][0]["message"] == (
        "needs company_domain + first_name + last_name or company_name + first_name + last_name or linkedin_url"
    )
    assert found["credits_at_most"] == (3 if mode is Mode.LIVE else 0)


async def test_where_no_provider_is_set_up_every_row_is_named(client: httpx.AsyncClient) -> None:
    found = await previewed(client, TABLE)
    assert (found["unasked"], len(found["unasked_rows"])) == (4, 4)


async def test_a_preview_takes_the_options_and_the_formats_of_an_upload(client: httpx.AsyncClient) -> None:
    strict = await previewed(client, TABLE, strict="true")
    assert (strict["rejected"], strict["errors"][0]["row"]) == (2, 4)
    mapped = await previewed(client, TABLE, mapping="domain:Ort")
    assert mapped["contacts"][0]["contact"]["domain"] is None
    body = {
        "contacts": [{"Vorname": "Rita", "Shop": "acme.example"}],
        "mapping": {"domain": "Shop"},
        "fields": ["phone"],
    }
    answer = await client.post("/api/v1/batches/preview", json=body)
    assert answer.json()["contacts"][0]["contact"]["domain"] == "acme.example"


async def test_a_preview_counts_as_a_submission_unless_it_is_refused(door: Door) -> None:
    async with door.client(await door.key("slow", rate_limit=1)) as client:
        for body in ("a,b\n1,2\n", ""):
            answer = await client.post("/api/v1/batches/preview", content=body, headers=CSV)
            problem(answer, 400, "invalid-input", "errors")
        assert (await client.post("/api/v1/batches/preview", content=TABLE, headers=CSV)).status_code == 200
        answer = await client.post("/api/v1/batches/preview", content=TABLE, headers=CSV)
        problem(answer, 429, "quota-exceeded", "limit", "windowSeconds", "retryAfter")


async def test_a_preview_bounds_what_it_names(client: httpx.AsyncClient) -> None:
    rows = "".join(f"{'Rita' if n % 2 else ''},,\n" + ",,x\n" for n in range(300))
    found = await previewed(client, "First Name,Last Name,Note\n" + rows)
    assert (found["total"], found["rejected"]) == (450, 300)
    assert len(found["contacts"]) == 10
    assert 0 < len(found["errors"]) <= 100
    assert 0 < len(found["unasked_rows"]) <= 100
    assert found["unasked"] == 150


async def test_a_preview_of_nothing_is_no_error(client: httpx.AsyncClient) -> None:
    found = await previewed(client, "First Name,Last Name\n")
    assert (found["total"], found["contacts"], found["credits_at_most"]) == (0, [], 0)
    lines = json.dumps({"Email": "rita@acme.example"})
    answer = await client.post("/api/v1/batches/preview", content=lines, headers={"content-type": "application/jsonl"})
    assert answer.status_code == 200, answer.text
