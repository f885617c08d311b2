"""The Go client against a real service, and what it is made of: its format, its types, its parts."""

import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from leadrun import Leadrun
from tests.clients.built import ended, process
from tests.clients.golang import CLIENT, SCENARIOS, find_go, go, scenarios
from tests.clients.many import NUMBERS, survive
from tests.clients.published import KEY, published
from tests.clients.specification import SCHEMAS, SPECIFICATION, kinds
from tests.contract.played import DOMAIN
from tests.contract.standing import Standing
from tests.play.faults import Fault, FaultyProxy

ADDRESS = f"ada.lovell.g0@{DOMAIN}"
Say = Callable[..., Any]


def started(scenario: str, *arguments: str, **environ: str) -> subprocess.Popen[str]:
    """Start a scenario."""
    return process([str(scenarios()), scenario, *arguments], environ)


@pytest.fixture
def say(stood: Standing, key: str) -> Say:
    """Runs a scenario against the service, and returns what it says."""

    def run(scenario: str, *arguments: str, **environ: str) -> list[Any]:
        return ended(started(scenario, *arguments, **{"LEADRUN_URL": stood.url, "LEADRUN_API_KEY": key} | environ))

    return run


def test_what_needs_no_service() -> None:
    go(CLIENT, "test", ".")


@pytest.mark.long
def test_it_is_formatted_and_vetted_and_needs_nothing_else() -> None:
    gofmt = [str(find_go().with_name("gofmt")), "-l", str(CLIENT), str(SCENARIOS)]
    assert subprocess.run(gofmt, capture_output=True, text=True, check=True).stdout == ""
    for folder in (CLIENT, SCENARIOS):
        go(folder, "vet", ".")
    assert go(CLIENT, "list", "-m", "all").split() == ["leadrun.example/leadrun"]


def test_its_version_is_one() -> None:
    assert 'Version = "0.1.0"' in (CLIENT / "version.go").read_text()


def test_its_types_are_those_of_the_specification() -> None:
    """The specification may have more: `Raw` keeps what is newer than the client."""
    [types] = ended(started("models"))
    # One type is made for both.
    batch = SCHEMAS["Batch"]["properties"] | SCHEMAS["BatchAccepted"]["properties"]
    for name, members in types.items():
        properties = batch if name in {"Batch", "BatchAccepted"} else SCHEMAS[name]["properties"]
        for member, kind in members.items():
            wider = {kind, "null"} | ({"integer"} if kind == "number" else set())
            assert kinds(properties[member]) <= wider, f"{name}.{member}"
    assert set(SCHEMAS["RunRequest"]["properties"]) == set(types["RunRequest"])


@pytest.mark.parametrize(("path", "type_"), [("/runs", "RunFilters"), ("/webhooks/deliveries", "DeliveryFilters")])
def test_its_filters_are_those_of_the_specification(path: str, type_: str) -> None:
    published = {one["name"] for one in SPECIFICATION["paths"][f"/api/v1{path}"]["get"]["parameters"]}
    _, _, body = (CLIENT / "account.go").read_text().partition(f"func (f {type_}) query()")
    body, _, _ = body.partition("}")
    assert published - {"cursor"} == {name for name in published if f'"{name}"' in body}


def test_every_operation(say: Say) -> None:
    runs, account, plans = say("operations")
    assert runs == {
        "run": ["completed", True, ADDRESS, False, 1, "valid", {"crmId": "42"}],
        "again": [
            ADDRESS,
            True,
            True,
            {"firstName": "Ada", "lastName": "Lovell", "fullName": "Ada Lovell", "companyDomain": DOMAIN},
        ],
        "done": [True, "+14155551000", True, True],
        "attempt": ["datagma", "hit", "phone", True],
        "last": True,
        "cancel": "ErrAlreadyEnded",
        "feedback": [["email"], False, ["email"], True],
        "runs": 3,
        "none": 0,
        "invalid": ["ErrInvalidRequest", "status", True],
    }
    assert account == {
        "email": [ADDRESS, True, 0, True, True],
        "missing": "",
        "phone": "+14155551000",
        "providers": 2,
        "credits": {"balance": 996, "total_earned": 1000, "total_spent": 4},
        "usage": 6,
        "endpoints": [],
        "failed": 0,
        "redeliver": "ErrNotFound",
        "unknown": "ErrNotFound",
        "nowhere": "NoAnswerError false",
        "key": "ErrAuthentication",
        "page": "ErrNotFound",
        "empty": "ErrInvalidContact",
        "fax": "ErrInvalidRequest",
        "no budget": "ErrInvalidRequest",
    }
    assert plans == {
        "plan": ["cheapest", "cheapest", True, True],
        "attempt": [True, True],
        "tiers": ["tiers", True],
        "simulation": ["cheapest", 5, True],
        "own": [True, True],
        "absent": "ErrNotFound",
        "days": "ErrInvalidRequest",
    }


def test_batches(say: Say, tmp_path: Path) -> None:
    assert say("batches", str(tmp_path)) == [
        {
            "preview": [3, 2, "first_name", 4],
            "quote": [3, 2, 2, True, 36],
            "quoted": "completed",
            "done": ["completed", 1, True],
            "results": [ADDRESS, None],
            "csv": True,
            "xlsx": "PK",
            "rows": [1, 7],
            "blob": 1,
            "listed": 3,
            "cancel": "ErrAlreadyEnded",
            "nothing": "ErrInvalidRequest",
            "strange": "ErrInvalidRequest",
        }
    ]
    assert not list(tmp_path.glob("*.part"))


def test_contexts_end_the_waiting_and_not_the_run(say: Say, stood: Standing, client: Leadrun) -> None:
    stood.hold()
    try:
        [said] = say("held")
    finally:
        stood.release()
    kind, run_id = said["late"]
    assert (kind, said["aborted"], said["many"]) == ("DeadlineExceeded", "Canceled", "Canceled")
    assert client.wait(run_id).email == ADDRESS
    assert say("wait", run_id) == [ADDRESS]


def test_each_submission_that_meets_a_fault_is_made_once(say: Say, proxy: FaultyProxy) -> None:
    left = list(Fault)
    proxy.decide = lambda request: left.pop() if request.method == "POST" and left else None
    number = len(left)
    [said] = say("one_by_one", str(number), LEADRUN_URL=proxy.url)
    assert sorted(proxy.faults, key=str) == sorted(Fault, key=str)
    assert (said["runs"], said["spent"]) == (number, number)


def test_a_list_that_is_done_is_given_again_from_the_file(say: Say, tmp_path: Path) -> None:
    assert say("lists", str(tmp_path)) == [{"same": True, "runs": 4, "spent": 4}]


def test_too_few_credits_end_a_list_and_lose_nothing(stood: Standing) -> None:
    made = stood.new_key(account="poor-go", amount=4, rate_limit=100_000)
    said = ended(started("poor", LEADRUN_URL=stood.url, LEADRUN_API_KEY=made.api_key))
    assert said == [{"got": 4, "error": "ErrNotEnoughCredits", "required": 1, "left": 0}]


def test_the_published_services_are_served_too() -> None:
    with published() as (played, url):
        [said] = ended(started("published", KEY, LEADRUN_URL=url, LEADRUN_API_KEY=KEY))
    assert said == {
        "run": ["jane.smith@acme.example", True, 1],
        "cached": [True, 0],
        "email": "j@acme.example",
        "providers": "ErrNotFound",
        "cut": "NoAnswerError true",
    }
    assert len(played.posts) == 4


@pytest.mark.parametrize("number", NUMBERS)
def test_many_contacts_through_faults_and_a_kill(limited: Standing, tmp_path: Path, number: int) -> None:
    def start(number: int, file: Path, environ: Mapping[str, str]) -> subprocess.Popen[str]:
        return started("many", str(number), str(file), **environ)

    survive(limited, tmp_path, number, start)
