"""What an operator sees of the providers: the table, and what the free calls show."""

import asyncio
import json
from collections.abc import Iterator

import msgspec
import pytest
from click.testing import CliRunner, Result

from app.cli.main import main
from app.domain.vocabulary import Field
from app.domain.waterfall.answer import Failed, Trouble
from app.providers.declaration.spec import Mode
from app.providers.setup.registry import load_specs
from app.redis.provider_gate import ProviderGate
from app.services import open_services
from app.settings.settings import ProviderSettings, Settings
from tests.play.account_call import AccountCall, played_account_call

LIVE = [spec for spec in load_specs() if spec.mode is Mode.LIVE]
KEY = "key-of-the-operator"


@pytest.fixture
def vendor() -> Iterator[AccountCall]:
    with played_account_call() as played:
        yield played


def leadrun(settings: Settings, *arguments: str, **providers: str) -> Result:
    environment = {
        "LEADRUN_DATABASE_URL": settings.database_url,
        "LEADRUN_REDIS_URL": settings.redis_url,
        "LEADRUN_SECRET_KEY": settings.secret_key,
        **{f"LEADRUN_PROVIDER_{name}": value for name, value in providers.items()},
    }
    return CliRunner().invoke(main, ["providers", *arguments], env=environment)


def listed(settings: Settings, *arguments: str, **providers: str) -> dict[str, dict[str, object]]:
    done = leadrun(settings, *arguments, "--json", **providers)
    assert done.exit_code == 0, done.output
    return {line["name"]: line for line in json.loads(done.stdout)["providers"]}


def test_every_provider_stands_in_the_table_with_what_it_costs(settings: Settings) -> None:
    lines = listed(settings, HUNTER_API_KEY=KEY, HUNTER_PRICE_SUCCESS="0.01")

    assert lines.keys() == {spec.slug for spec in LIVE}
    hunter, kaspr = lines["hunter"], lines["kaspr"]
    assert (hunter["tier"], hunter["key"], hunter["usable"], hunter["gate"]) == ("T3", True, True, "open")
    assert hunter["fields"] == [
        {"field": field, "priceCall": "0", "priceSuccess": "0.01", "on": True} for field in ("email", "verify")
    ]
    assert hunter["limits"] == "15/1s, 500/60s, 10/1s (verify), 300/60s (verify)"
    assert lines["zerobounce"]["type"] == "verify"
    assert list(lines)[-5:] == ["bouncer", "emailable", "millionverifier", "neverbounce", "zerobounce"]
    assert hunter["balanceCall"] is True
    assert (kaspr["key"], kaspr["usable"]) == (False, False)
    assert kaspr["reason"] == "LEADRUN_PROVIDER_KASPR_API_KEY is not set"


def test_a_field_that_is_off_says_so_until_it_is_switched_on(settings: Settings) -> None:
    def fields(**own: str) -> dict[str, bool]:
        found = listed(settings, **own)["findymail"]["fields"]
        assert isinstance(found, list)
        return {line["field"]: line["on"] for line in found}

    assert fields() == {"email": True, "phone": False, "verify": True}
    assert fields(FINDYMAIL_ROUTES="phone") == {"email": True, "phone": True, "verify": True}
    assert "email, phone (off)" in leadrun(settings).stdout


def test_limits_are_those_in_force_and_of_single_ways_too(settings: Settings) -> None:
    lines = listed(settings, HUNTER_LIMITS="30/1,1800/60")

    assert lines["hunter"]["limits"] == "30/1s, 1800/60s, 10/1s (verify), 300/60s (verify)"
    assert lines["tomba"]["limits"] == "300/60s (email), 100/60s (email), 60/60s (phone), 150/60s (verify)"
    assert lines["findymail"]["limits"] == "300 at once, 30 at once (email)"


def test_the_list_is_an_alias(settings: Settings) -> None:
    table = leadrun(settings)

    assert leadrun(settings, "list").stdout == table.stdout
    assert listed(settings, "list") == listed(settings)
    assert {"sandbox-mail", "sandbox-duo"} <= listed(settings, "list", "--mode", "test").keys()
    head, *rows = table.stdout.splitlines()
    assert head.split("  ")[0] == "name"
    assert len(rows) == len(LIVE)


def test_a_secret_is_never_shown(settings: Settings) -> None:
    own = {"TOMBA_API_KEY": KEY, "TOMBA_API_SECRET": "secret-of-the-operator"}
    shown = leadrun(settings, **own).output + leadrun(settings, "--json", **own).output

    assert "of-the-operator" not in shown


async def close_gate(settings: Settings) -> None:
    own = msgspec.structs.replace(settings, providers={"hunter": ProviderSettings(api_key=KEY)})
    async with open_services(own) as services:
        offer = services.registry.offer("hunter", Field.EMAIL, "domain")
        assert offer
        await ProviderGate(services.redis).punish(
            offer.gate, Failed(trouble=Trouble.OUT_OF_CREDITS, reason="nothing is left")
        )


def test_a_check_that_works_tells_the_balance_and_opens_the_gate(settings: Settings, vendor: AccountCall) -> None:
    own = {"HUNTER_API_KEY": KEY, "HUNTER_BASE_URL": vendor.url}
    asyncio.run(close_gate(settings))
    assert str(listed(settings, **own)["hunter"]["gate"]).startswith("out_of_credits, ")

    done = leadrun(settings, "check", "--json", **own)

    assert done.exit_code == 0
    assert json.loads(done.stdout)["providers"] == [
        {"name": "hunter", "works": True, "balance": {"credits": 42}, "reason": None}
    ]
    assert vendor.asked == ["GET /account"]
    assert listed(settings, **own)["hunter"]["gate"] == "open"


def test_a_check_that_finds_nothing_left_proves_the_key_and_leaves_the_gate_closed(
    settings: Settings, vendor: AccountCall
) -> None:
    own = {"HUNTER_API_KEY": KEY, "HUNTER_BASE_URL": vendor.url}
    vendor.left = 0
    asyncio.run(close_gate(settings))

    done = leadrun(settings, "check", "--json", **own)

    assert done.exit_code == 0
    (line,) = json.loads(done.stdout)["providers"]
    assert (line["works"], line["balance"]) == (True, {"credits": 0})
    assert "nothing is left" in line["reason"]
    assert str(listed(settings, **own)["hunter"]["gate"]).startswith("out_of_credits, ")


def test_a_check_with_a_refused_key_is_trouble(settings: Settings, vendor: AccountCall) -> None:
    vendor.status = 401
    done = leadrun(settings, "check", "hunter", HUNTER_API_KEY=KEY, HUNTER_BASE_URL=vendor.url)

    assert done.exit_code == 1
    assert "trouble" in done.stdout
    assert "refuses the API key" in done.stdout
    assert KEY not in done.output


def test_a_provider_without_a_free_call_says_so_and_is_no_trouble(settings: Settings) -> None:
    url = {"LEADRUN_SANDBOX_URL": "http://127.0.0.1:9"}
    done = CliRunner().invoke(
        main,
        ["providers", "check", "sandbox-mail"],
        env=url | {"LEADRUN_DATABASE_URL": settings.database_url, "LEADRUN_REDIS_URL": settings.redis_url},
    )

    assert done.exit_code == 0, done.output
    assert "not checked" in done.stdout
    assert "has no free call that proves a key" in done.stdout


def test_a_provider_is_switched_off_and_on(settings: Settings) -> None:
    own = {"HUNTER_API_KEY": KEY}
    assert [leadrun(settings, "off", "hunter", **own).stdout for _ in range(2)] == [
        "hunter is off\n",
        "hunter is off already\n",
    ]
    line = listed(settings, **own)["hunter"]
    assert (line["usable"], line["reason"]) == (False, "switched off by an operator")
    assert json.loads(leadrun(settings, "on", "hunter", "--json", **own).stdout)["changed"] is True
    assert listed(settings, **own)["hunter"]["usable"] is True
    unknown = leadrun(settings, "off", "nobody")
    assert (unknown.exit_code, "there is no such provider" in unknown.output) == (1, True)


@pytest.mark.parametrize(
    ("slugs", "says"),
    [
        pytest.param(("nobody",), "there is no such provider", id="unknown"),
        pytest.param(("kaspr",), "LEADRUN_PROVIDER_KASPR_API_KEY is not set", id="no key"),
        pytest.param((), "no provider has a key", id="none at all"),
    ],
)
def test_a_check_of_what_cannot_be_asked_fails_with_the_reason(
    settings: Settings, slugs: tuple[str, ...], says: str
) -> None:
    done = leadrun(settings, "check", *slugs)

    assert done.exit_code == 1
    assert says in done.output
