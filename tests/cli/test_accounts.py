"""`leadrun keys`, `credits` and `plans` on a real database: what is printed, and the sentences that go with it."""

import json
from typing import Any

from click.testing import CliRunner, Result

from app.cli.main import main
from app.settings.settings import Settings


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
