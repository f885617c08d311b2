"""What an assistant does with the tools, over each transport, by the official client and by FastMCP's."""

import asyncio
import json
from typing import Any

import jsonschema
import pytest
from mcp.shared.exceptions import MCPError
from mcp_types import ResourceLink

from app.domain.vocabulary import Mode
from leadrun import Leadrun
from tests.clients.mcp.assistants import DOORS, connected, fast_client
from tests.contract.played import DOMAIN
from tests.contract.standing import Standing

ADDRESS = f"ada.lovell.g0@{DOMAIN}"
ADA: dict[str, Any] = {"first_name": "Ada", "last_name": "Lovell", "company_domain": DOMAIN}
SPENDING = {"find_email", "find_phone", "enrich_contact", "enrich_list"}
READING = {"get_result", "explain_run", "credits_and_usage", "quote"}


@pytest.fixture
def spent(key: str, stood: Standing) -> Any:
    """Return how many credits the account has spent."""
    return lambda: stood.send(key, "GET", "/credits").json()["total_spent"]


@pytest.mark.parametrize("door", DOORS)
async def test_the_tools_say_what_they_do(stood: Standing, key: str, door: str) -> None:
    async with connected(door, stood.url, key) as assistant:
        tools = {tool.name: tool for tool in (await assistant.client.list_tools()).tools}
        assert "not make an address up" in (assistant.client.instructions or "")
    assert set(tools) == SPENDING | READING
    for name, tool in tools.items():
        assert tool.annotations
        assert tool.annotations.read_only_hint is (name in READING)
        assert (tool.annotations.destructive_hint, tool.annotations.idempotent_hint) == (False, True)
        assert len(tool.description or "") <= 200
        assert tool.input_schema["additionalProperties"] is False
        for schema in (tool.input_schema, tool.output_schema):
            assert schema
            assert schema["type"] == "object"
            jsonschema.Draft202012Validator.check_schema(schema)
            assert '"title": "' not in json.dumps(schema)
        if name in SPENDING:
            assert {"max_cost_usd", "max_credits", "dry_run"} <= set(tool.input_schema["properties"])
    # All of them are read with each conversation.
    assert len(json.dumps([tool.input_schema for tool in tools.values()])) < 10_000
    assert len(json.dumps([tool.output_schema for tool in tools.values()])) < 20_000


@pytest.mark.parametrize("door", DOORS)
async def test_people_are_looked_up_and_explained(stood: Standing, key: str, door: str, spent: Any) -> None:
    async with connected(door, stood.url, key) as assistant:
        result = await assistant.result("find_email", ADA)
        found = result.structured_content
        assert (found["status"], found["email"], found["email_validation"]) == ("completed", ADDRESS, "valid")
        assert json.loads(result.content[0].text) == found  # type: ignore[union-attr]  # the first is text
        link = result.content[1]
        assert isinstance(link, ResourceLink)
        again = await assistant.call("find_email", **ADA)
        assert (again["email"], again["cached"], again["credits_used"]) == (ADDRESS, True, 0)
        both = await assistant.call(
            "enrich_contact", full_name="Ada Lovell", company_domain=DOMAIN, enrichment_type="all"
        )
        assert (both["email"], both["phone"]) == (ADDRESS, "+14155551000")
        phone = await assistant.call("find_phone", full_name="Bea Marsh", company_domain=DOMAIN)
        assert (phone["result_status"], "phone" in phone) == ("not_found", False)
        told = await assistant.call("explain_run", run_id=phone["run_id"])
        assert (told["waterfall"], [step["provider"] for step in told["steps"]]) == ("tiers", ["datagma"])
        assert told["steps"][0]["outcome"] == "miss"
        assert "leadmagic" in told["skipped"]["no API key is set"]
        read = (await assistant.client.read_resource(link.uri)).contents[0]
        assert json.loads(read.text)["result"]["email"] == ADDRESS  # type: ignore[union-attr]  # it is text
        listed = {one.uri for one in (await assistant.client.list_resources()).resources}
        assert link.uri in listed
        templates = (await assistant.client.list_resource_templates()).resource_templates
        assert {one.uri_template for one in templates} == {
            "leadrun://runs/{run_id}",
            "leadrun://batches/{batch_id}/results",
        }
        used = await assistant.call("credits_and_usage", by="provider")
        assert (used["balance"], used["total_spent"]) == (1000 - spent(), spent())
        assert "datagma" in {row["name"] for row in used["usage"]}


@pytest.mark.parametrize("door", DOORS)
async def test_a_list_costs_what_was_agreed_and_once(stood: Standing, key: str, door: str, spent: Any) -> None:
    people = [{"full_name": name, "domain": DOMAIN, "crm": n} for n, name in enumerate(("Ada Lovell", "Dot Olsen"))]
    text = f"full_name,domain,crm\nAda Lovell,{DOMAIN},0\nDot Olsen,{DOMAIN},1\n,,2\n"
    async with connected(door, stood.url, key) as assistant:
        dry = await assistant.call("enrich_list", rows=people, dry_run=True)
        assert (dry["status"], dry["quote"]["contacts"], dry["quote"]["credits_at_most"]) == ("dry_run", 2, 2)
        assert (await assistant.call("quote", text=text))["rejected"] == 1
        for most in ({}, {"max_credits": 1}):
            refused = await assistant.refusal("enrich_list", rows=people, **most)
            assert "up to 2 credits" in refused
        assert spent() == 0
        begun = await assistant.call("enrich_list", rows=people, max_credits=2)
        again = await assistant.call("enrich_list", rows=people, max_credits=2)
        assert begun["batch_id"] == again["batch_id"]
        other = await assistant.call("enrich_list", text=text, max_credits=2)
        assert other["batch_id"] != begun["batch_id"]
        done = await assistant.call("get_result", id=begun["batch_id"], wait_seconds=60)
        assert (done["batch"]["status"], done["more_rows"]) == ("completed", False)
        assert [(row["crm"], row["email"]) for row in done["rows"]] == [(0, ADDRESS), (1, None)]
        assert len((await assistant.call("get_result", id=begun["batch_id"], rows=1))["rows"]) == 1
        resource = (await assistant.client.read_resource(f"leadrun://batches/{begun['batch_id']}/results")).contents[0]
        rows = [json.loads(line) for line in resource.text.splitlines()]  # type: ignore[union-attr]  # it is text
        assert [row["email"] for row in rows] == [ADDRESS, None]
    stood.until_ended()
    assert spent() == 2


@pytest.mark.parametrize("door", DOORS)
async def test_a_person_costs_no_more_than_the_caps_allow(stood: Standing, key: str, door: str, spent: Any) -> None:
    async with connected(door, stood.url, key) as assistant:
        dry = await assistant.call("find_email", **ADA, dry_run=True)
        assert (dry["status"], "run_id" in dry, dry["quote"]["credits_at_most"]) == ("dry_run", False, 1)
        assert dry["quote"]["cost_usd"]["expected"] > 0
        assert "up to 1 credits" in await assistant.refusal("find_email", **ADA, max_credits=0)
        assert spent() == 0
        # Both providers charge more than this for a call.
        capped = await assistant.call("find_email", **ADA, max_cost_usd=0.000001, max_credits=1)
        assert capped["result_status"] != "found"
        told = await assistant.call("explain_run", run_id=capped["run_id"])
        assert (told["steps"], told["cost_usd"]) == ([], 0)


@pytest.mark.parametrize("door", DOORS)
async def test_waiting_tells_progress_and_ends(stood: Standing, key: str, door: str, spent: Any) -> None:
    told: list[tuple[float, float | None, str | None]] = []
    seen = asyncio.Event()

    async def said(progress: float, total: float | None, message: str | None) -> None:
        told.append((progress, total, message))
        if message and "datagma" in message:
            seen.set()

    async with connected(door, stood.url, key) as assistant:
        stood.hold()
        try:
            early = await assistant.call("find_email", **ADA, wait_seconds=1)
            assert early["status"] in {"pending", "processing"}
            assert early["run_id"] in early["next_step"]
            arguments = {"id": early["run_id"], "wait_seconds": 60}
            waiting = asyncio.ensure_future(assistant.result("get_result", arguments, said))
            await asyncio.wait_for(seen.wait(), 30)
        finally:
            stood.release()
        done = (await waiting).structured_content
        assert done["run"]["email"] == ADDRESS
    assert [one for one, _, _ in told] == sorted({one for one, _, _ in told})
    assert spent() == 1


WRONG = [
    pytest.param("find_email", {}, "Say whom to look up", id="nobody"),
    pytest.param("find_email", {**ADA, "max_cost": 1}, "max_cost: there is no such argument", id="a cap misspelt"),
    pytest.param("find_email", {**ADA, "max_cost_usd": 0}, "max_cost_usd", id="no cost"),
    pytest.param("find_email", {**ADA, "max_credits": -1}, "max_credits", id="fewer than none"),
    pytest.param("find_email", {**ADA, "wait_seconds": 10_000}, "wait_seconds", id="too long"),
    pytest.param("find_email", {**ADA, "waterfall": "nobodys"}, "waterfall", id="no waterfall"),
    pytest.param("find_email", {**ADA, "providers": ["nobody"]}, "providers", id="no provider"),
    pytest.param("find_email", {"first_name": ["Ada"]}, "first_name", id="a list"),
    pytest.param("find_email", {"first_name": "x" * 501}, "first_name", id="a long name"),
    pytest.param("enrich_contact", {**ADA, "enrichment_type": "fax"}, "enrichment_type", id="no type"),
    pytest.param("enrich_list", {}, "rows or text", id="no list"),
    pytest.param("enrich_list", {"rows": [{}], "text": "a"}, "rows or text", id="two lists"),
    pytest.param("enrich_list", {"rows": []}, "rows", id="an empty list"),
    pytest.param("enrich_list", {"rows": [{"colour": "red"}], "max_credits": 9}, "row", id="no contacts"),
    pytest.param("enrich_list", {"text": "{", "format": "json", "max_credits": 9}, "", id="no JSON"),
    pytest.param("quote", {"text": "a\n", "fields": []}, "fields", id="no fields"),
    pytest.param("get_result", {"id": "../credits"}, "id", id="a path"),
    pytest.param("get_result", {"id": "019a0000-0000-7000-8000-000000000000"}, "nothing with this id", id="unknown"),
    pytest.param("explain_run", {"run_id": "019a0000-0000-7000-8000-000000000000"}, "this id", id="unknown run"),
    pytest.param("explain_run", {}, "run_id", id="no run"),
    pytest.param("credits_and_usage", {"since": "yesterday"}, "since", id="no time"),
    pytest.param("credits_and_usage", {"by": "colour"}, "by", id="no group"),
]


@pytest.mark.parametrize("door", ["stdio", "http"])
async def test_what_is_wrong_is_said_and_costs_nothing(stood: Standing, key: str, door: str, spent: Any) -> None:
    async with connected(door, stood.url, key) as assistant:
        for case in WRONG:
            tool, arguments, expected = case.values
            refused = await assistant.refusal(str(tool), **arguments)  # type: ignore[arg-type]  # a mapping
            assert str(expected) in refused, case.id
            assert len(refused) < 2000
            assert "pydantic" not in refused
            assert "Traceback" not in refused
        with pytest.raises(MCPError, match="no such tool; there are find_email"):
            await assistant.client.call_tool("delete_everything", {})
        for uri in ("leadrun://runs/../credits", "file:///etc/passwd", "leadrun://batches/1/results", ""):
            with pytest.raises(MCPError, match="no such resource"):
                await assistant.client.read_resource(uri)
    assert spent() == 0


@pytest.mark.parametrize("door", ["stdio", "http"])
async def test_a_test_key_sees_test_data_alone(stood: Standing, key: str, door: str) -> None:
    live = Leadrun(key, stood.url).enrich(**ADA)
    account = stood.sql("SELECT a.name FROM accounts a JOIN runs r ON r.account_id = a.id WHERE r.id = %s", live.run_id)
    tested = stood.new_key(account=account[0][0], mode=Mode.TEST)
    async with connected(door, stood.url, tested.api_key) as assistant:
        assert "this id" in await assistant.refusal("get_result", id=live.run_id)
        with pytest.raises(MCPError, match="this id"):
            await assistant.client.read_resource(f"leadrun://runs/{live.run_id}")
        assert (await assistant.client.list_resources()).resources == []
        listed = await assistant.call("enrich_list", rows=[{"full_name": "Bea Marsh", "domain": DOMAIN}])
        assert listed["credits_reserved"] == 0
        found = await assistant.call("find_email", full_name="Bea Marsh", company_domain=DOMAIN)
        assert (found["email_provider"], found["credits_used"]) == ("sandbox-mail", 0)


@pytest.mark.parametrize("door", ["stdio", "http"])
async def test_fastmcps_client_agrees(stood: Standing, key: str, door: str) -> None:
    told: list[float] = []

    async def said(progress: float, total: float | None, message: str | None) -> None:  # noqa: ARG001 - FastMCP's names
        told.append(progress)

    async with fast_client(door, stood.url, key) as client:
        assert {tool.name for tool in await client.list_tools()} == SPENDING | READING
        found = await client.call_tool("find_email", ADA, progress_handler=said)
        assert found.structured_content
        assert found.structured_content["email"] == ADDRESS
        assert found.data.email == ADDRESS
        wrong = await client.call_tool("find_email", {**ADA, "max_cost": 1}, raise_on_error=False)
        assert wrong.is_error
        [read] = await client.read_resource(f"leadrun://runs/{found.data.run_id}")
        assert ADDRESS in read.text
        listed = await client.call_tool(
            "enrich_list", {"rows": [{"full_name": "Ada Lovell", "domain": DOMAIN}], "max_credits": 1}
        )
        done = await client.call_tool("get_result", {"id": listed.data.batch_id, "wait_seconds": 60})
        assert done.structured_content
        assert done.structured_content["rows"][0]["email"] == ADDRESS
    assert told
