"""Whatever clients do, in whatever order: statuses, credits and caches agree with a simple model after every step."""

from collections.abc import Callable

import hypothesis
import pytest

from app.settings.settings import Settings
from tests.contract.explore import play
from tests.contract.machine import Service
from tests.contract.played import NAMELESS, NAMES
from tests.contract.standing import standing

# What the situations and the long exploration must reach, lest either falls asleep unnoticed: all that clients may do,
# what often comes of it, and what the exploration reaches seldom.
RULES = {
    "submit",
    "submit_again",
    "look_up",
    "submit_job",
    "upload",
    "cancel",
    "repeat",
    "poll",
    "top_up",
    "replace_key",
    "change_the_world",
}
OFTEN = {
    "looked up",
    "looked up again",
    "cached",
    "joined, not asked",
    "too expensive",
    "repeated",
    "repeated otherwise",
    "given back",
    "given back, nobody asked",
    "cancelled, asked already",
}
SELDOM = {"a_month_passes", "joined, asked", "nothing left", "cancelled, credits back", "cancelled, another pays"}
SEED = 4

ADA, BEA, CID, DOT, EVE, FAY, GIL, HAL = ((name, 0) for name in NAMES)
ADA_AGAIN, ADA_ONCE_MORE = ("Ada Lovell", 1), ("Ada Lovell", 2)
NOBODY_TO_ASK = (NAMELESS, 0)
UPLOADED = {"force": False, "bad": True, "strict": False}
ONCE = {"force": False, "named": "", "wait": False}
AT_ONCE = {"force": False, "named": "", "wait": True}
A_JOB = {"force": False, "named": "", "bad": False}


def waiting_and_paying(clients: Service) -> list[Callable[[], None]]:
    """Nobody has much: look-ups wait, are joined and cancelled, and others pay for them."""
    return [
        lambda: clients.open_accounts(acme=3, other=8, world="asleep"),
        lambda: clients.submit("acme-module", ADA, "email", force=False, named="a", wait=False),
        lambda: clients.submit("acme-sonar", ADA_AGAIN, "email", **ONCE),
        lambda: clients.cancel(2, together=False),  # the first of two that wait
        lambda: clients.repeat(0),
        lambda: clients.cancel(1, together=False),
        lambda: clients.submit("acme-module", BEA, "email", force=False, named="a", wait=False),
        lambda: clients.submit("other-sonar", ADA, "all", **ONCE),
        lambda: clients.upload("acme-module", [ADA, FAY, ADA], "email", "text/csv", **UPLOADED),
        lambda: clients.cancel(0, together=True),
        lambda: clients.upload("acme-module", [ADA, FAY, ADA], "all", "application/x-ndjson", **UPLOADED),
        lambda: clients.change_the_world("held"),
        lambda: clients.submit("acme-test", BEA, "phone", **ONCE),
        lambda: clients.look_up("other-sonar", ADA, "phone", force=False, wait=False),
        lambda: clients.submit("other-module", ADA_ONCE_MORE, "all", **ONCE),
        lambda: clients.cancel(1, together=False),
        lambda: clients.cancel(2, together=False),
        lambda: clients.cancel(1, together=True),
        lambda: clients.change_the_world("open"),
        lambda: clients.submit("other-module", FAY, "all", **AT_ONCE),
        lambda: clients.submit("other-module", ADA, "all", **AT_ONCE),
        lambda: clients.look_up("other-sonar", ADA_ONCE_MORE, "phone", force=False, wait=True),
        lambda: clients.submit("other-module", ADA, "email", force=True, named="", wait=True),
        lambda: clients.submit("other-module", ADA, "all", force=True, named="b", wait=False),
        lambda: clients.top_up("other", 12),
        lambda: clients.submit("other-module", ADA, "all", force=True, named="b", wait=True),
        lambda: clients.submit("other-module", ADA, "all", **ONCE),
        lambda: clients.submit_job("other-sonar", [ADA, FAY, ADA, BEA], "email", force=False, named="b", bad=False),
        lambda: clients.replace_key("other-module"),
        lambda: clients.upload("other-sonar", [CID, DOT, EVE], "all", "text/csv", **UPLOADED),  # too expensive
        lambda: clients.top_up("acme", 5),
        lambda: clients.submit_job("acme-module", [ADA, BEA, ADA], "all", force=True, named="b", bad=False),
        lambda: clients.poll(5, wait=True),
        lambda: clients.submit("other-sonar", BEA, "phone", **ONCE),
        lambda: clients.submit("other-sonar", BEA, "all", force=True, named="", wait=False),
    ]


def knowing_and_forgetting(clients: Service) -> list[Callable[[], None]]:
    """Everybody has plenty: what is known to whom, for how long, and what is given back."""
    people = [DOT, ADA, EVE, ADA_AGAIN, CID]
    return [
        lambda: clients.open_accounts(acme=90, other=90, world="open", refunds=("not_found",)),
        lambda: clients.submit("acme-module", ADA, "all", **AT_ONCE),
        lambda: clients.submit_again(0, 1, force=False, whole=False),
        lambda: clients.submit("other-module", ADA, "all", **AT_ONCE),
        lambda: clients.submit("acme-test", ADA, "all", **AT_ONCE),
        lambda: clients.submit("acme-test", CID, "phone", **AT_ONCE),
        lambda: clients.submit("acme-module", CID, "phone", **AT_ONCE),
        lambda: clients.submit("acme-sonar", NOBODY_TO_ASK, "all", **AT_ONCE),
        lambda: clients.submit("acme-test", NOBODY_TO_ASK, "all", **AT_ONCE),
        lambda: clients.look_up("acme-sonar", DOT, "phone", force=False, wait=False),
        lambda: clients.look_up("other-sonar", EVE, "phone", force=False, wait=True),
        lambda: clients.look_up("other-sonar", EVE, "phone", force=False, wait=True),
        lambda: clients.look_up("other-sonar", CID, "phone", force=True, wait=True),
        lambda: clients.look_up("other-sonar", CID, "phone", force=True, wait=True),
        lambda: clients.look_up("other-sonar", CID, "phone", force=False, wait=True),
        lambda: clients.upload("acme-sonar", people, "phone", "text/csv", force=False, bad=False, strict=True),
        lambda: clients.upload("acme-sonar", people, "all", "text/csv", force=True, bad=False, strict=False),
        lambda: clients.upload("acme-sonar", people, "email", "application/json", **UPLOADED),
        lambda: clients.upload("acme-sonar", people, "all", "text/csv", force=False, bad=True, strict=True),
        lambda: clients.submit_job("acme-sonar", people, "phone", force=True, named="", bad=False),
        lambda: clients.submit_job("acme-module", people, "all", force=False, named="", bad=True),
        lambda: clients.submit("other-sonar", FAY, "email", **AT_ONCE),
        lambda: clients.submit("other-sonar", FAY, "email", **AT_ONCE),
        lambda: clients.submit_job("other-module", [GIL, HAL], "all", **A_JOB),
        lambda: clients.submit_job("other-module", [GIL, HAL], "phone", **A_JOB),
        lambda: clients.submit_job("other-module", [GIL, HAL], "email", **A_JOB),
        clients.a_month_passes,
        lambda: clients.submit("acme-module", ADA, "email", **AT_ONCE),
        lambda: clients.upload("acme-sonar", people, "all", "text/csv", force=False, bad=False, strict=False),
        lambda: clients.change_the_world("asleep"),
        lambda: clients.submit_job("other-sonar", [BEA, BEA, DOT], "all", **A_JOB),
        lambda: clients.submit_job("other-module", [BEA, DOT], "all", **A_JOB),
        lambda: clients.submit_job("acme-module", [HAL], "phone", **A_JOB),
        lambda: clients.submit("acme-sonar", HAL, "phone", **ONCE),
        lambda: clients.upload("acme-sonar", [BEA, DOT, BEA], "all", "text/csv", force=True, bad=True, strict=False),
        *[lambda which=which: clients.poll(which, wait=False) for which in range(0, 60, 5)],
        lambda: clients.cancel(8, together=True),
        lambda: clients.cancel(10, together=True),
        lambda: clients.cancel(11, together=True),
        lambda: clients.change_the_world("held"),
        lambda: clients.submit("other-sonar", BEA, "all", **ONCE),
        lambda: clients.cancel(9, together=True),
        lambda: clients.replace_key("acme-test"),
        lambda: clients.change_the_world("open"),
    ]


def having_spent_the_last(clients: Service) -> list[Callable[[], None]]:
    """Somebody has nothing left: what is in flight or known costs nothing, and is there for them too."""
    return [
        lambda: clients.open_accounts(acme=1, other=2, world="asleep"),
        lambda: clients.submit("acme-module", ADA, "email", **ONCE),
        lambda: clients.submit("acme-sonar", ADA_AGAIN, "email", **ONCE),
        lambda: clients.look_up("acme-sonar", ADA, "email", force=False, wait=False),
        lambda: clients.submit_job("acme-module", [ADA, ADA_AGAIN], "email", **A_JOB),
        lambda: clients.submit("acme-module", BEA, "email", **ONCE),
        lambda: clients.change_the_world("open"),
        lambda: clients.submit("acme-module", ADA_ONCE_MORE, "email", **AT_ONCE),
        lambda: clients.submit_job("acme-module", [ADA], "email", **A_JOB),
        lambda: clients.upload("acme-module", [ADA], "email", "text/csv", force=False, bad=False, strict=False),
    ]


def test_the_model_agrees_in_every_situation_that_it_knows(settings: Settings) -> None:
    with standing(settings) as stood:
        for scenario in (waiting_and_paying, knowing_and_forgetting, having_spent_the_last):
            clients = Service(stood)
            for step in [*scenario(clients), clients.teardown]:
                step()
                clients.everything_agrees()
    assert stood.seen.keys() >= RULES | OFTEN | SELDOM, (RULES | OFTEN | SELDOM) - stood.seen.keys()


@pytest.mark.timeout(3600)  # to find the shortest way to a disagreement takes minutes
@pytest.mark.parametrize(("examples", "steps"), [(1, 20), pytest.param(5, 30, marks=pytest.mark.long)])
def test_the_service_agrees_with_the_model_after_every_step(settings: Settings, examples: int, steps: int) -> None:
    # The profile that explores draws other examples every time.
    steady = hypothesis.settings.get_current_profile_name() != "explore"
    with standing(settings) as stood:
        play(stood, examples=examples, steps=steps, seed=SEED if steady else None)
    if steady and examples > 1:
        assert stood.seen.keys() >= RULES | OFTEN, (RULES | OFTEN) - stood.seen.keys()
    # Each rule, and the beginning of each example, was followed by a comparison.
    assert stood.seen["steps"] >= sum(stood.seen[rule] for rule in RULES) + stood.seen["examples"] > examples
