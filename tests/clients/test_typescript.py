"""The TypeScript client against a real service, and what it is made of: its types, its size, its parts."""

import gzip
import json
import shutil
import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from leadrun import Leadrun
from tests.clients.built import CLIENT, RUNTIMES, SCRIPTS, built_client, ended, readme_example, runtime, started, tool
from tests.clients.error_kinds import KINDS, STATUSES
from tests.clients.many import NUMBERS, survive
from tests.clients.published import KEY, published
from tests.contract.played import DOMAIN
from tests.contract.standing import Standing
from tests.npm import TYPESCRIPT, node_modules
from tests.play.faults import Fault, FaultyProxy

ADDRESS = f"ada.lovell.g0@{DOMAIN}"
LARGEST = 10 * 1024
Say = Callable[..., list[Any]]


@pytest.fixture
def say(stood: Standing, key: str) -> Say:
    """Runs a scenario against the service, and returns what it says."""

    def run(scenario: str, *arguments: str, **environ: str) -> list[Any]:
        return ended(started(scenario, *arguments, **{"LEADRUN_URL": stood.url, "LEADRUN_API_KEY": key} | environ))

    return run


@pytest.mark.parametrize("by", RUNTIMES)
def test_what_needs_no_service(tmp_path: Path, by: str) -> None:
    kinds = [[code, STATUSES[code], kind.__name__] for code, kind in KINDS.items()]
    environ = {"CLIENT": str(built_client()), "SCRATCH": str(tmp_path), "KINDS": json.dumps(kinds)}
    environ["DENO_DIR"] = str(tmp_path / "deno")
    test = {"node": "--test", "deno": "test", "bun": "test"}[by]
    # Deno's arguments behind `run` fit `test` as well.
    command = [*(test if one == "run" else one for one in runtime(by)), *([test] if by != "deno" else ["--no-check"])]
    command.append(str(SCRIPTS / "pure.test.mjs"))
    done = subprocess.run(command, env=environ, cwd=tmp_path, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr


def test_its_types_are_those_of_the_specification_and_fit_the_example(tmp_path: Path) -> None:
    (tmp_path / "node_modules").symlink_to(node_modules(*TYPESCRIPT))
    (tmp_path / "client").symlink_to(built_client())
    shutil.copy(SCRIPTS / "types.ts", tmp_path)
    (tmp_path / "example.ts").write_text(readme_example())
    specification = CLIENT.parents[1] / "docs" / "openapi.json"
    tool(tmp_path, "openapi-typescript/bin/cli.js", str(specification), "--output", "openapi.d.ts")
    options = {"strict": True, "exactOptionalPropertyTypes": True, "noEmit": True, "module": "nodenext"}
    options |= {"target": "es2022", "lib": ["es2022", "dom", "dom.iterable"], "types": []}
    options |= {"paths": {"@leadrun/client": ["./client/index.d.ts"]}}
    settings = {"compilerOptions": options, "files": ["types.ts", "example.ts"]}
    (tmp_path / "tsconfig.json").write_text(json.dumps(settings))
    (tmp_path / "package.json").write_text('{"type": "module"}')
    tool(tmp_path, "typescript/bin/tsc")


def test_it_is_small_and_fits_into_browsers(tmp_path: Path) -> None:
    bundle = tmp_path / "bundle.js"
    options = ("--bundle", "--minify", "--format=esm", "--platform=browser", f"--outfile={bundle}", "--log-level=error")
    esbuild = node_modules(*TYPESCRIPT) / "esbuild" / "bin" / "esbuild"
    subprocess.run([str(esbuild), str(built_client() / "index.js"), *options], check=True, timeout=60)
    assert len(gzip.compress(bundle.read_bytes(), mtime=0)) <= LARGEST


def test_its_version_is_that_of_its_package() -> None:
    version = json.loads((CLIENT / "package.json").read_text())["version"]
    assert f'VERSION = "{version}"' in (CLIENT / "src" / "version.ts").read_text()


def test_every_operation(say: Say) -> None:
    runs, account, plans = say("operations")
    assert runs == {
        "run": ["completed", True, ADDRESS, False, 1, "valid", {"crmId": "42"}],
        "again": [ADDRESS, True, True],
        "done": [True, "+14155551000", True],
        "attempts": ["datagma", "hit", "phone"],
        "last": [True, True],
        "cancel": "AlreadyEndedError",
        "feedback": [[["email"], False], [["email"], True]],
        "runs": 3,
        "none": 0,
        "filter": "ConfigurationError",
        "invalid": ["InvalidRequestError", [{"field": "status", "message": runs["invalid"][1][0]["message"]}]],
    }
    email = account.pop("email")
    assert (email["email"], email["verified"], email["cost_credits"]) == (ADDRESS, True, 0)
    assert {"datagma", "hunter"} <= set(account.pop("providers"))
    assert account == {
        "missing": None,
        "phone": "+14155551000",
        "credits": {"balance": 996, "total_earned": 1000, "total_spent": 4},
        "usage": 6,
        "endpoints": [],
        "deliveries": [],
        "unknown": "NotFoundError",
        "nowhere": ["NoAnswerError", False],
        "key": "AuthenticationError",
        "page": "NotFoundError",
        "empty": "InvalidContactError",
        "fax": "InvalidRequestError",
        "cyclic": "InvalidContactError",
    }
    assert plans == {
        "plan": ["cheapest", "cheapest", True, True],
        "attempt": [True, True],
        "tiers": ["tiers", True],
        "simulation": ["cheapest", 5, True],
        "own": [True, True],
        "absent": "NotFoundError",
        "days": "InvalidRequestError",
    }


def test_batches(say: Say, tmp_path: Path) -> None:
    assert say("batches", str(tmp_path)) == [
        {
            "preview": [3, 2],
            "quote": [3, 2, 2, True, 36],
            "quoted": "completed",
            "done": ["completed", 1, True],
            "results": [ADDRESS, None],
            "csv": True,
            "xlsx": "PK",
            "rows": [1, 7],
            "blob": 1,
            "listed": 3,
            "cancel": "AlreadyEndedError",
            "format": "ConfigurationError",
            "folder": "LeadrunError",
            "absent": "ConfigurationError",
            "kind": "ConfigurationError",
            "bytes": "ConfigurationError",
            "nothing": "InvalidRequestError",
            "strange": "InvalidRequestError",
        }
    ]
    assert not list(tmp_path.glob("*.part"))


def test_jobs_and_batches_are_chosen(say: Say, lists: dict[str, list[str]]) -> None:
    jobs, batches, job = say("collections")
    for name, chosen in (("jobs", jobs), ("batches", batches)):
        assert chosen == {
            name: lists[name],
            "company": lists[name][1:],
            "since": lists[name],
            "before": [],
            "unknown": "ConfigurationError",
            "invalid": "InvalidRequestError",
        }
    assert job == [1, "live"]


def test_deadlines_and_aborts_end_the_waiting_and_not_the_run(say: Say, stood: Standing, client: Leadrun) -> None:
    stood.hold()
    try:
        [said] = say("held")
    finally:
        stood.release()
    [kind, run_id] = said["late"]
    assert (kind, said["aborted"], said["many"]) == ("DeadlineError", "AbortError", "AbortError")
    assert client.wait(run_id).email == ADDRESS
    assert say("wait", run_id) == [ADDRESS]


@pytest.mark.parametrize("by", RUNTIMES)
def test_each_submission_that_meets_a_fault_is_made_once(
    stood: Standing, key: str, proxy: FaultyProxy, by: str
) -> None:
    left = list(Fault)
    proxy.decide = lambda request: left.pop() if request.method == "POST" and left else None
    number = len(left)
    [said] = ended(started("one_by_one", str(number), by=by, LEADRUN_URL=proxy.url, LEADRUN_API_KEY=key))
    assert stood
    assert sorted(proxy.faults, key=str) == sorted(Fault, key=str)
    # Deno itself asks again where a connection that was kept is closed.
    assert said.pop("retries") in ([number - 1, number] if by == "deno" else [number])
    assert said == {"runs": number, "spent": number}


def test_lists(say: Say, tmp_path: Path) -> None:
    assert say("lists", str(tmp_path)) == [
        [ADDRESS, "not_found", "InvalidContactError", ADDRESS, "InvalidRequestError"],
        {"taken": True, "closed": True},
        {"same": True, "wrong": "ConfigurationError"},
        "RangeError",
    ]


def test_too_few_credits_end_a_list_and_lose_nothing(stood: Standing) -> None:
    made = stood.new_key(account="poor-typescript", amount=4, rate_limit=100_000)
    said = ended(started("poor", LEADRUN_URL=stood.url, LEADRUN_API_KEY=made.api_key))
    assert said == [{"got": 4, "error": ["NotEnoughCreditsError", 1], "left": 0}]


def test_the_published_services_are_served_too() -> None:
    with published() as (played, url):
        [said] = ended(started("published", KEY, LEADRUN_URL=url, LEADRUN_API_KEY=KEY))
    assert said == {
        "run": ["jane.smith@acme.example", True, 1],
        "cached": [True, 0],
        "email": "j@acme.example",
        "providers": "NotFoundError",
        "cut": ["NoAnswerError", True],
    }
    assert len(played.posts) == 4


@pytest.mark.parametrize("number", NUMBERS)
def test_many_contacts_through_faults_and_a_kill(limited: Standing, tmp_path: Path, number: int) -> None:
    def start(number: int, file: Path, environ: Mapping[str, str]) -> subprocess.Popen[str]:
        return started("many", str(number), str(file), **environ)

    survive(limited, tmp_path, number, start)
