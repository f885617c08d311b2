"""`leadrun keys`, `credits` and `plans` on a real database: what is printed, and the sentences that go with it."""

import asyncio
import json
from typing import Any
from uuid import UUID

from click.testing import CliRunner, Result

from app.cli.main import main
from app.domain.accounts.owner import Owner
from app.domain.vocabulary import Mode
from app.services import open_services
from app.settings.settings import Settings
from app.store.accounts import keys
from app.usecases.webhooks.manage_endpoints import EndpointChange, ManageEndpoints


def leadrun(settings: Settings, *arguments: str) -> Result:
    environ = {"LEADRUN_DATABASE_URL": settings.database_url, "LEADRUN_REDIS_URL": settings.redis_url}
    return CliRunner().invoke(main, arguments, env=environ)


def read(settings: Settings, *arguments: str) -> Any:
    done = leadrun(settings, *arguments, "--json")
    assert done.exit_code == 0, done.output
    return json.loads(done.stdout)


def test_a_live_key_of_an_account_without_credits_says_how_to_add_some(settings: Settings) -> None:
    empty = leadrun(settings, "keys", "create", "--account", "Acme Ltd")
    assert empty.exit_code == 0
    assert empty.stdout.startswith("lm_live_")
    add = "leadrun credits add --account 'Acme Ltd'"
    assert empty.stderr == f"leadrun: the account Acme Ltd has no credits; add some with: {add} N\n"
    for more in (["--mode", "test"], ["--credits", "5"], []):
        assert leadrun(settings, "keys", "create", "--account", "Acme Ltd", *more).stderr == ""


def test_no_text_of_a_client_moves_the_terminal_and_no_account_has_a_name_that_would(settings: Settings) -> None:
    for name in ("acme\x1b[2J", "acme\nglobex", "acme\u202eetceg", "a" * 301, " "):
        for command in (["keys", "create"], ["users", "invite", "ada@acme.example"]):
            refused = leadrun(settings, *command, "--account", name)
            assert (refused.exit_code, refused.stdout) == (1, ""), name
            assert "leadrun: " in refused.stderr
    assert read(settings, "credits", "show") == {"accounts": []}
    leadrun(settings, "keys", "create", "--account", "acme", "--name", "CRM\x1b[2J")
    assert "CRM\N{REPLACEMENT CHARACTER}[2J" in leadrun(settings, "keys", "list").stdout


def test_the_credits_of_accounts_are_shown(settings: Settings) -> None:
    for account, amount in (("b", "7"), ("a", "5")):
        leadrun(settings, "keys", "create", "--account", account, "--credits", amount)
    leadrun(settings, "credits", "add", "--account", "a", "2")

    assert read(settings, "credits", "show") == {
        "accounts": [
            {"account": "a", "balance": 7, "total_earned": 7, "total_spent": 0},
            {"account": "b", "balance": 7, "total_earned": 7, "total_spent": 0},
        ]
    }
    assert leadrun(settings, "credits", "show", "--account", "b").stdout.splitlines() == [
        "account  balance  earned  spent",
        "b        7        7       0",
    ]
    nobody = leadrun(settings, "credits", "show", "--account", "nobody")
    assert (nobody.exit_code, nobody.stderr) == (1, "leadrun: there is no such account\n")


def test_a_plan_is_set_in_part_and_shown_whole(settings: Settings) -> None:
    done = leadrun(settings, "plans", "set", "leadsonar", "--phone", "3", "--refund", "not_found", "--refund", "error")
    assert done.stdout.splitlines()[1].split() == ["leadsonar", "1", "3", "6", "error,", "not_found"]
    assert read(settings, "plans", "set", "leadsonar", "--refund", "nothing")["refunds"] == []
    assert [plan["phone"] for plan in read(settings, "plans", "list")["plans"] if plan["name"] == "leadsonar"] == [3]


def test_a_key_has_a_name_scopes_networks_and_an_end(settings: Settings) -> None:
    terms = ("--name", "CRM", "--scope", "read", "--scope", "submit", "--network", "192.0.2.9/24", "--rate-limit", "7")
    for hours in ("0", "-1", "nan", "inf"):
        assert leadrun(settings, "keys", "create", "--account", "acme", f"--expires-hours={hours}").exit_code == 2
    made = read(settings, "keys", "create", "--account", "acme", *terms, "--expires-hours", "2")
    shown = read(settings, "keys", "show", made["id"])
    assert (shown["name"], shown["scopes"], shown["networks"]) == ("CRM", ["submit", "read"], ["192.0.2.0/24"])
    assert (shown["rateLimit"], shown["account"], bool(shown["expiresAt"])) == (7, "acme", True)
    assert "submit, read" in leadrun(settings, "keys", "show", made["id"]).stdout
    rotated = read(settings, "keys", "rotate", made["id"])
    assert read(settings, "keys", "show", rotated["id"])["scopes"] == ["submit", "read"]
    plain = read(settings, "keys", "show", read(settings, "keys", "create", "--account", "acme")["id"])
    assert plain["scopes"] == ["submit", "read", "webhooks", "admin:keys"]
    refused = leadrun(settings, "keys", "create", "--account", "acme", "--network", "acme.example")
    assert (refused.exit_code, "acme.example is no IP address" in refused.stderr) == (2, True)
    assert leadrun(settings, "keys", "show", "01a1fffb-5d10-7c2b-9e83-6a5b4c3d2e1f").exit_code == 1


def test_what_a_stolen_key_left_behind_is_found_and_removed(settings: Settings) -> None:
    made = [read(settings, "keys", "create", "--account", "acme", "--credits", "1") for _ in range(2)]
    ids = {one["id"]: _endpoint_of(settings, one["id"]) for one in made}
    stolen = made[1]["id"]
    listed = read(settings, "endpoints", "list", "--account", "acme")["endpoints"]
    assert [one["id"] for one in listed] == [*ids.values()]
    (found,) = read(settings, "endpoints", "list", "--key", stolen)["endpoints"]
    assert (found["id"], found["key_id"]) == (ids[stolen], stolen)
    assert read(settings, "endpoints", "remove", ids[stolen])["removed"]
    assert leadrun(settings, "endpoints", "remove", ids[stolen]).stderr == "leadrun: there is no such endpoint\n"
    assert ids[stolen] not in leadrun(settings, "endpoints", "list").stdout
    assert leadrun(settings, "endpoints", "list", "--account", "globex").exit_code == 1


def _endpoint_of(settings: Settings, key_id: str) -> str:
    """Make an endpoint with a key, as the API does."""

    async def make() -> str:
        async with open_services(settings) as services:
            async with services.read() as connection:
                row = (await keys.page(connection, "acme"))[0]
            owner = Owner(row.account_id, Mode.LIVE)
            wanted = EndpointChange(url="https://your-app.example/hook")
            made = await ManageEndpoints(services).create(owner, wanted, UUID(key_id))
            return str(made.endpoint.id)

    return asyncio.run(make())


def test_what_commands_do_is_in_the_audit_log_which_a_command_shows(settings: Settings) -> None:
    for account in ("a", "b"):
        leadrun(settings, "keys", "create", "--account", account, "--credits", "5")
    leadrun(settings, "caps", "set", "--account", "a", "--period", "day", "--credits", "9")
    entries = read(settings, "audit", "--account", "a")["entries"]
    assert [(one["actor"], one["action"]) for one in entries] == [
        ({"kind": "command", "name": ""}, action) for action in ("limit.cap-changed", "key.created", "credits.added")
    ]
    assert entries[0]["detail"] == {"cap": "9 credits a day", "by": "operator"}
    assert len(read(settings, "audit")["entries"]) == 5
    shown = leadrun(settings, "audit", "--kind", "credits", "--limit", "1").stdout.splitlines()
    assert [len(shown), shown[1].split()[2:]] == [2, ["b", "command", "line", "credits.added", "-", "credits", "5"]]
    assert leadrun(settings, "audit", "--account", "nobody").stderr == "leadrun: there is no such account\n"


def test_an_account_is_suspended_and_resumed(settings: Settings) -> None:
    leadrun(settings, "keys", "create", "--account", "acme", "--credits", "5")
    assert leadrun(settings, "accounts", "suspend", "acme", "--reason", "unpaid").stdout == "acme is suspended.\n"
    (one,) = read(settings, "accounts", "list")["accounts"]
    assert (one["account"], one["balance"], one["keys"], one["suspension"]) == ("acme", 5, 1, "unpaid")
    assert leadrun(settings, "accounts", "resume", "acme").stdout == "acme is open again.\n"
    assert leadrun(settings, "accounts", "list").stdout.splitlines()[1].split()[:4] == ["acme", "5", "1", "0"]
    long = leadrun(settings, "accounts", "suspend", "acme", "--reason", "x" * 301)
    assert (long.exit_code, "at most 300 characters" in long.stderr) == (1, True)
    nobody = leadrun(settings, "accounts", "suspend", "nobody")
    assert (nobody.exit_code, nobody.stderr) == (1, "leadrun: there is no such account\n")
