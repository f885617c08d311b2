"""`leadrun waterfalls` against a real database."""

import json
from collections.abc import Sequence
from pathlib import Path

import psycopg

from app.settings.settings import Settings
from tests.cli.test_accounts import leadrun, read
from tests.play.quoted_list import store_quoted_list


def test_a_waterfall_is_set_from_a_file_shown_and_removed(settings: Settings, tmp_path: Path) -> None:
    leadrun(settings, "keys", "create", "--account", "acme")
    file = tmp_path / "cheap.json"
    file.write_text(json.dumps({"strategy": "cheapest", "maxCostUsd": 0.05}))
    of_acme = ("--account", "acme")
    assert read(settings, "waterfalls", "set", "cheap", str(file), *of_acme)["strategy"] == "cheapest"
    names = [one["name"] for one in read(settings, "waterfalls", "list", *of_acme)["waterfalls"]]
    assert names == ["cheap", "tiers", "cheapest", "fastest"]
    shown = leadrun(settings, "waterfalls", "show", "cheap", *of_acme)
    assert json.loads(shown.stdout)["maxCostUsd"] == 0.05
    assert "cheapest" in leadrun(settings, "waterfalls", "list").output
    file.write_text('{"strategy": "fixed"}')
    refused = leadrun(settings, "waterfalls", "set", "cheap", str(file), *of_acme)
    assert (refused.exit_code, "needs the providers" in refused.output) == (1, True)
    assert leadrun(settings, "waterfalls", "remove", "cheap", *of_acme).exit_code == 0
    assert leadrun(settings, "waterfalls", "remove", "cheap", *of_acme).exit_code == 1
    assert leadrun(settings, "waterfalls", "list", "--account", "nobody").exit_code == 1


def test_look_ups_are_simulated_under_a_waterfall(settings: Settings) -> None:
    leadrun(settings, "keys", "create", "--account", "acme")
    simulate = ("waterfalls", "simulate", "cheapest", "--account", "acme")
    found = read(settings, *simulate)
    assert (found["waterfall"], found["lookups"], found["modelled"]) == ("cheapest", 0, 0)
    assert found["costUsd"] == {"actual": 0, "expected": 0, "low": 0, "high": 0}
    assert "No look-up of the last 7 days" in leadrun(settings, *simulate, "--days", "7").stdout
    assert leadrun(settings, "waterfalls", "simulate", "nobodys", "--account", "acme").exit_code == 1


def test_quoted_lists_are_counted(settings: Settings) -> None:
    leadrun(settings, "keys", "create", "--account", "acme")
    assert settings.database_url
    database = settings.database_url

    def sql(query: str, *values: object) -> Sequence[object]:
        with psycopg.connect(database) as connection:
            connection.execute(query.encode(), values)
        return ()

    for cost in (1, 9):
        store_quoted_list(sql, "acme", cost_usd=cost)
    found = read(settings, "quotes", "--account", "acme")
    assert found["cost_usd"] == {"lists": 2, "inside": 1, "below": 0, "above": 1}
    shown = leadrun(settings, "quotes", "--account", "acme").stdout
    assert ["cost", "in", "USD", "2", "1", "0", "1"] in [line.split() for line in shown.splitlines()]
    assert "Half of the lists took at most 50%" in shown
    assert read(settings, "quotes", "--account", "acme", "--mode", "test")["found"]["lists"] == 0
