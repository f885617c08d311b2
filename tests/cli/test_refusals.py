"""Every command checks all settings first: one sentence for each problem, exit status 2, nothing started."""

import json
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result

from app.cli.main import COMMANDS, main

WRONG = {
    "LEADRUN_DATABASE_URL": "postgresql://user:secret@db.example:5432x/leadrun",
    "LEADRUN_REDIS_URL": "redis://:sec/ret@redis.example",
    "LEADRUN_PROVIDER_HUNTR_API_KEY": "secret",
    "LEADRUN_PROVIDER_HUNTER_BASE_URL": "hunter.example",
    "LEADRUN_PROVIDER_TOMBA_ROUTES": "fax",
    "LEADRUN_PORT": "http",
    "LEADRUN_TYPO": "1",
}
DATABASE, REDIS = "LEADRUN_DATABASE_URL", "LEADRUN_REDIS_URL"
HUNTR = "LEADRUN_PROVIDER_HUNTR_API_KEY"
KEY_ID = "01890000-0000-7000-8000-000000000000"
ARGUMENTS = [
    *(["up"], ["serve"], ["work"], ["work", "--lane", "bulk"], ["migrate"], ["sandbox", "--port", "0"], ["config"]),
    *(["keys", "list"], ["keys", "create", "--account", "a"], ["keys", "rotate", KEY_ID], ["keys", "revoke", KEY_ID]),
    *(["keys", "show", KEY_ID], ["endpoints", "list"], ["endpoints", "remove", KEY_ID]),
    *(
        ["credits", "show"],
        ["credits", "add", "--account", "a", "1"],
        ["plans", "list"],
        ["plans", "set", "leadsonar", "--email", "1"],
    ),
    *(["caps", "list"], ["caps", "set", "--period", "day", "--usd", "1"], ["providers", "stats"]),
    *(["waterfalls", "list"], ["waterfalls", "show", "cheap"], ["waterfalls", "set", "cheap", "-", "--account", "a"]),
    *(["waterfalls", "remove", "cheap", "--account", "a"], ["waterfalls", "simulate", "cheap", "--account", "a"]),
    *(["quotes", "--account", "a"], ["users", "list"], ["users", "reset", "a@acme.example"]),
    ["audit", "--account", "a"],
    *(["accounts", "list"], ["accounts", "suspend", "a"], ["accounts", "resume", "a"]),
    ["users", "create", "a@acme.example", "--password-stdin"],
    ["users", "invite", "a@acme.example", "--account", "a"],
    *(["providers", "off", "hunter"], ["providers", "on", "hunter"]),
    *(["providers"], ["providers", "list"], ["providers", "check"], ["secrets", "reseal"], ["listen"]),
]


def leadrun(*arguments: str, **environ: str | None) -> Result:
    return CliRunner().invoke(main, arguments, env={"LEADRUN_KEY": None, "LEADRUN_URL": None, **environ})


@pytest.fixture(autouse=True)
def _in_a_directory_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize("arguments", [pytest.param(a, id=" ".join(a)) for a in ARGUMENTS])
def test_every_command_reports_all_problems_before_it_starts_anything(arguments: list[str], tmp_path: Path) -> None:
    done = leadrun(*arguments, **WRONG)
    assert done.exit_code == 2, done.output
    lines = done.stderr.splitlines()
    named = [line.removeprefix("leadrun: ").partition("=")[0].partition(" ")[0] for line in lines]
    assert named == [
        "LEADRUN_DATABASE_URL",
        "LEADRUN_PORT",
        "LEADRUN_PROVIDER_HUNTER_BASE_URL",
        "LEADRUN_REDIS_URL",
        "LEADRUN_TYPO",
        "LEADRUN_PROVIDER_HUNTR_API_KEY:",
        "LEADRUN_PROVIDER_TOMBA_ROUTES:",
    ]
    assert "did you mean LEADRUN_PROVIDER_HUNTER_API_KEY?" in done.stderr
    assert "sec" not in done.stderr.replace("seconds", "")
    assert not done.stdout
    assert not list(tmp_path.iterdir())


def test_every_command_is_among_those_that_are_tried() -> None:
    def paths(group: click.Group, *before: str) -> set[tuple[str, ...]]:
        found = set()
        context = click.Context(group)
        # The client's commands have tests of their own (tests/clients/test_command.py).
        for name in COMMANDS if group is main else group.list_commands(context):
            command = group.get_command(context, name)
            assert command
            found |= paths(command, *before, name) if isinstance(command, click.Group) else {(*before, name)}
        return found

    tried = {tuple(arguments[: len(path)]) for arguments in ARGUMENTS for path in paths(main)}
    assert paths(main) <= tried
    assert set(COMMANDS) == {path[0] for path in paths(main)}


@pytest.mark.parametrize("name", list(COMMANDS))
def test_the_help_of_all_commands_says_what_each_command_says(name: str) -> None:
    command = main.get_command(click.Context(main), name)
    assert command
    assert COMMANDS[name][1] == (command.help or "").partition("\n")[0]
    text = " ".join(leadrun("--help").stdout.split())
    assert f" {name} {COMMANDS[name][1]} " in f"{text} "


@pytest.mark.parametrize(
    ("command", "lacking"), [("serve", [DATABASE, REDIS]), ("work", [DATABASE, REDIS]), ("migrate", [DATABASE])]
)
def test_a_process_says_which_servers_it_lacks(command: str, lacking: list[str]) -> None:
    done = leadrun(command)
    assert done.exit_code == 2
    assert [line.split()[1] for line in done.stderr.splitlines()] == lacking


def test_a_settings_file_is_refused_like_the_environment(tmp_path: Path) -> None:
    (tmp_path / "own.env").write_text("LEADRUN_TYPO=1\nLEADRUN_PROVIDER_HUNTR_API_KEY=x\nnonsense '\n")
    for arguments, environ in ((("--env-file", "own.env"), {}), ((), {"LEADRUN_ENV_FILE": "own.env"})):
        done = leadrun("config", *arguments, **environ)
        assert done.exit_code == 2
        assert done.stderr.splitlines() == [
            "leadrun: line 3 of own.env is not NAME=value, or a quote is not closed",
            "leadrun: LEADRUN_TYPO is not a setting of leadrun; without it, `leadrun config` lists them all",
            f"leadrun: {HUNTR}: there is no provider 'huntr'; did you mean LEADRUN_PROVIDER_HUNTER_API_KEY?",
        ]


def test_scripts_read_the_problems_as_json() -> None:
    done = leadrun("keys", "list", "--json", LEADRUN_TYPO="1", LEADRUN_PORT="x")
    assert done.exit_code == 2
    told = json.loads(done.stderr)["error"]
    assert "LEADRUN_TYPO is not a setting" in told
    assert "LEADRUN_PORT='x'" in told


def test_an_old_name_warns_and_the_command_goes_on() -> None:
    done = leadrun("config", "--json", LEADRUN_LOOKUP_WAIT="5")
    assert done.exit_code == 0
    assert done.stderr == (
        "leadrun: LEADRUN_LOOKUP_WAIT (environment) is the old name of LEADRUN_SYNC_WAIT_SECONDS; it is read in this "
        "version only\n"
    )
    assert json.loads(done.stdout)["sync_wait_seconds"] == 5


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        pytest.param(["up", "--port", "70000"], "70000 is not in the range", id="a port"),
        pytest.param(["keys", "create", "--account", "a", "--rate-limit", "0"], "0 is not in the range", id="no rate"),
        pytest.param(["keys", "create", "--account", "a", "--credits", "-1"], "-1 is not in the range", id="below 0"),
        pytest.param(
            ["keys", "create", "--account", "a", "--credits", "x"], "'x' is not a valid integer", id="letters"
        ),
        pytest.param(["keys", "rotate", KEY_ID, "--grace-hours", "nan"], "nan is not a number", id="nan"),
        pytest.param(["caps", "set", "--period", "day", "--usd", "NaN"], "NaN is not a number", id="a cap of nan"),
        pytest.param(["keys", "rotate", KEY_ID, "--grace-hours", "inf"], "inf is not in the range", id="inf"),
        pytest.param(["keys", "rotate", KEY_ID, "--grace-hours", "-1"], "-1.0 is not in the range", id="before now"),
        pytest.param(["credits", "add", "--account", "a", "0"], "0 is not in the range", id="no credits"),
        pytest.param(["credits", "add", "--account", "a", "10000000000"], "is not in the range", id="too many"),
        pytest.param(["plans", "set", "leadsonar", "--email", "-1"], "-1 is not in the range", id="a price below 0"),
        pytest.param(["plans", "set", "leadsonar"], "Say what to change: --email, --phone and --all", id="no change"),
        pytest.param(
            ["plans", "set", "leadsonar", "--refund", "nothing", "--refund", "error"],
            "excludes other",
            id="two refunds",
        ),
    ],
)
def test_numbers_of_the_command_line_are_checked(arguments: list[str], complaint: str) -> None:
    done = leadrun(*arguments)
    assert done.exit_code == 2
    assert complaint in done.stderr
