"""Whatever clients do, in whatever order: statuses, credits and caches agree with a simple model after every step."""

import hypothesis
import pytest
from hypothesis.stateful import run_state_machine_as_test

from app.config import Settings
from tests.contract.machine import Service
from tests.contract.standing import standing

SITUATIONS = {
    "looked up",
    "looked up again",
    "cached",
    "joined, not asked",
    "joined, asked",
    "too expensive",
    "nothing left",
    "repeated",
    "repeated otherwise",
    "cancelled, credits back",
    "cancelled, another pays",
    "cancelled, asked already",
}
ADA, BEA, FAY = ("Ada Lovell", 0), ("Bea Marsh", 1), ("Fay Quill", 0)
UPLOADED = {"force": False, "bad": True, "strict": False}
ONCE = {"force": False, "named": "", "wait": False}


def test_the_model_agrees_in_every_situation_that_it_knows(settings: Settings) -> None:
    with standing(settings) as stood:
        clients = Service(stood)
        steps = [
            lambda: clients.open_accounts(acme=3, other=8, world="asleep"),
            lambda: clients.submit("acme-module", ADA, "email", force=False, named="a", wait=False),
            lambda: clients.submit("acme-sonar", ("Ada Lovell", 1), "email", **ONCE),
            lambda: clients.cancel_run(2),  # the first of two that wait
            lambda: clients.repeat(0),
            lambda: clients.cancel_run(1),
            lambda: clients.submit("acme-module", BEA, "email", force=False, named="a", wait=False),
            lambda: clients.submit("other-sonar", ADA, "all", **ONCE),
            lambda: clients.upload("acme-module", [ADA, FAY, ADA], "email", "text/csv", **UPLOADED),
            lambda: clients.cancel_load(0),
            lambda: clients.upload("acme-module", [ADA, FAY, ADA], "all", "application/x-ndjson", **UPLOADED),
            lambda: clients.change_the_world("held"),
            lambda: clients.submit("acme-test", BEA, "phone", **ONCE),
            lambda: clients.look_up("other-sonar", ADA, "phone", force=False, wait=False),
            lambda: clients.submit("other-module", ("Ada Lovell", 2), "all", **ONCE),
            lambda: clients.cancel_run(1),
            lambda: clients.cancel_run(2),
            lambda: clients.cancel_load(1),
            lambda: clients.change_the_world("open"),
            lambda: clients.submit("other-module", FAY, "all", force=False, named="", wait=True),
            lambda: clients.submit("other-module", ADA, "all", force=False, named="", wait=True),
            clients.people_move_on,
            lambda: clients.look_up("other-sonar", ("Ada Lovell", 2), "phone", force=False, wait=True),
            lambda: clients.submit("other-module", ADA, "email", force=True, named="", wait=True),
            lambda: clients.submit("other-module", ADA, "all", force=True, named="", wait=False),
            lambda: clients.top_up("other", 12),
            lambda: clients.submit("other-module", ADA, "all", force=True, named="", wait=True),
            lambda: clients.submit("other-module", ADA, "all", **ONCE),
            lambda: clients.submit_job("other-sonar", [ADA, FAY, ADA, BEA], "email", force=False, named="b", bad=False),
            lambda: clients.replace_key("other-module"),
            lambda: clients.top_up("acme", 5),
            lambda: clients.submit_job("acme-module", [ADA, BEA, ADA], "all", force=True, named="b", bad=False),
            lambda: clients.poll(5, wait=True),
            lambda: clients.submit("other-sonar", BEA, "phone", **ONCE),
            lambda: clients.submit("other-sonar", BEA, "all", force=True, named="", wait=False),
            clients.teardown,
        ]
        for step in steps:
            step()
            clients.everything_agrees()
    assert stood.seen.keys() >= SITUATIONS, SITUATIONS - stood.seen.keys()


@pytest.mark.timeout(3600)  # to find the shortest way to a disagreement takes minutes
def test_the_service_agrees_with_the_model_after_every_step(settings: Settings) -> None:
    exploring = hypothesis.settings.get_current_profile_name() == "explore"
    examples, steps = (150, 60) if exploring else (12, 30)
    with standing(settings) as stood:

        class Clients(Service):
            """They know where the service is."""

            def __init__(self) -> None:
                super().__init__(stood)

        run_state_machine_as_test(
            Clients,
            settings=hypothesis.settings(
                max_examples=examples,
                stateful_step_count=steps,
                deadline=None,
                suppress_health_check=list(hypothesis.HealthCheck),
            ),
        )
