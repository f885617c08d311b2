"""What clients of the state machine may do, step by step, whatever the order."""

from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
)

from tests.contract.comparing import without_sayings
from tests.contract.facts import FIELDS, Run
from tests.contract.loads import BAD_DOMAIN, SPELLINGS, Load, leadmodule, leadsonar, looked_up, uploaded
from tests.contract.played import NAMELESS, NAMES
from tests.contract.standing import Standing
from tests.contract.steering import Steering, counted

KEYS = st.sampled_from(("acme-module", "acme-module", "acme-sonar", "acme-test", "other-sonar", "other-module"))
KINDS = st.sampled_from(tuple(FIELDS))
SPELLED = st.integers(0, SPELLINGS - 1)
ANY = st.integers(0, 1000)
MEANS = 6
SELDOM = st.sampled_from((False, False, False, True))
# Of all people only a few appear in an example, so that it meets the same ones again and again.
CAST = st.lists(st.sampled_from(NAMES), min_size=1, max_size=3, unique=True).map(tuple)
WRITTEN = st.tuples(st.runner().flatmap(lambda machine: st.sampled_from(machine.cast)), SPELLED)
ANYBODY = WRITTEN | WRITTEN | WRITTEN | st.tuples(st.just(NAMELESS), SPELLED)
REFUNDS = st.sampled_from(((), ("not_found",), ("not_found", "error")))
WORLD = st.sampled_from(("open", "asleep", "held", "open"))
MEDIA = st.sampled_from(("application/json", "application/x-ndjson", "text/csv"))


class Service(Steering, RuleBasedStateMachine):
    """Clients of two accounts, a worker that sleeps or works, and vendors that hold or answer."""

    def __init__(self, stood: Standing) -> None:
        RuleBasedStateMachine.__init__(self)
        Steering.__init__(self, stood)
        self.cast: tuple[str, ...] = NAMES

    @initialize(acme=st.integers(2, 60), other=st.integers(2, 60), world=WORLD, refunds=REFUNDS, cast=CAST)
    def open_accounts(
        self, acme: int, other: int, world: str, refunds: tuple[str, ...] = (), cast: tuple[str, ...] = NAMES
    ) -> None:
        self.cast = cast
        self.open(acme=acme, other=other, refunds=refunds)
        self.turn(world)

    @rule(who=KEYS, person=ANYBODY, kind=KINDS, force=SELDOM, named=st.sampled_from(("", "", "a", "b")), wait=SELDOM)
    @counted
    def submit(self, who: str, person: tuple[str, int], kind: str, *, force: bool, named: str, wait: bool) -> None:
        self.submit_one(who, person, kind, force=force, named=named, wait=wait)

    def submit_one(self, who: str, person: tuple[str, int], kind: str, *, force: bool, named: str, wait: bool) -> None:
        key = self.keys[who]
        body = {**leadmodule(*person), "enrichmentType": kind, "forceRefresh": force, "metadata": {"for": person[0]}}
        headers = {"prefer": "wait=20"} if wait and self.open_gate else {}
        answer = self.post(key, "/enrich", body, [person[0]], kind, force=force, named=named, headers=headers)
        if answer is None:
            return
        made = Run(id=answer.json()["runId"], key=key, name=person[0], kind=kind, metadata=body["metadata"])
        run = self.model.accept(made, force=force)
        early = run.shown("pending")
        self.advance()
        waited = run.cached or "prefer" in headers
        assert answer.status_code == (200 if waited else 202), answer.text
        if waited:
            self.same(answer.json(), run.shown(""))
        else:
            expected = {name: early[name] for name in ("runId", "status", "creditsUsed")}
            assert without_sayings(answer.json()) == expected, f"{answer.text} instead of {expected}"

    @precondition(lambda self: self.model.runs)
    @rule(which=ANY, spelling=SPELLED, force=SELDOM, whole=SELDOM)
    @counted
    def submit_again(self, which: int, spelling: int, *, force: bool, whole: bool) -> None:
        run = self.pick(self.model.runs, which)
        assert run
        who = next(who for who, key in self.keys.items() if (key.account, key.mode) == (run.key.account, run.key.mode))
        kind = "all" if whole else run.kind
        self.submit_one(who, (run.name, spelling), kind, force=force, named="", wait=False)

    @rule(who=KEYS, person=WRITTEN, kind=st.sampled_from(("email", "phone")), force=SELDOM, wait=st.booleans())
    @counted
    def look_up(self, who: str, person: tuple[str, int], kind: str, *, force: bool, wait: bool) -> None:
        key, wait = self.keys[who], wait and self.open_gate
        body = {**leadsonar(*person), "force_refresh": force}
        headers = {} if wait else {"prefer": "respond-async"}
        answer = self.post(key, f"/find-{kind}", body, [person[0]], kind, force=force, headers=headers)
        if answer is None:
            return
        made = Run(id=answer.headers["x-run-id"], key=key, name=person[0], kind=kind, metadata={})
        run = self.model.accept(made, force=force)
        charged = run.credits
        self.advance()
        if run.cached or wait:
            assert answer.status_code == 200, answer.text
            shown = without_sayings(answer.json())
            assert bool(shown.pop("error", None)) == bool(run.known and run.known.status == "error")
            assert shown == looked_up(run), f"{shown} instead of {looked_up(run)}"
        else:
            assert (answer.status_code, answer.json()["creditsUsed"]) == (202, charged), answer.text

    @rule(
        who=KEYS, people=st.lists(WRITTEN, min_size=1, max_size=5), kind=KINDS, force=SELDOM,
        named=st.sampled_from(("", "", "a", "b")), bad=st.sampled_from((False,) * 9 + (True,)),
    )  # fmt: skip
    @counted
    def submit_job(
        self, who: str, people: list[tuple[str, int]], kind: str, *, force: bool, named: str, bad: bool
    ) -> None:
        key, names = self.keys[who], [name for name, _ in people]
        given = [leadsonar(*person) for person in people]
        if bad:
            self.refused(key, "/enrich", {"contacts": [*given, {"first_name": "Jane"}]})
            return
        body = {"contacts": given, "fields": list(FIELDS[kind]), "force_refresh": force}
        answer = self.post(key, "/enrich", body, names, kind, force=force, named=named)
        if answer is None:
            return
        assert answer.status_code == 201, answer.text
        job = Load(id=answer.json()["id"], key=key, kind=kind, names=[*names], given=given)
        for run_id, name in zip(self.stood.rows(job.id), names, strict=True):
            run = Run(id=run_id, key=key, name=name, kind=kind, metadata={}, job_id=job.id)
            job.runs.append(self.model.accept(run, force=force))
        self.loads[job.id] = job
        expected = {"id": job.id, "status": job.status, "total_contacts": len(names)}
        assert {name: answer.json()[name] for name in expected} == expected, f"{answer.text} instead of {expected}"
        self.advance()

    @rule(
        who=KEYS, people=st.lists(WRITTEN, min_size=1, max_size=5), kind=KINDS, media=MEDIA, force=SELDOM,
        bad=st.booleans(), strict=SELDOM,
    )  # fmt: skip
    @counted
    def upload(
        self, who: str, people: list[tuple[str, int]], kind: str, media: str, *, force: bool, bad: bool, strict: bool
    ) -> None:
        key = self.keys[who]
        if self.asleep and any(load.key.account == key.account and self.waits(load) for load in self.loads.values()):
            return  # which of two batches is admitted first, and pays for both, the contract does not say
        given = [{**leadsonar(*person), "note": f"row {place}"} for place, person in enumerate(people)]
        names: list[str | None] = [name for name, _ in people]
        if bad:
            names.insert(1, None)
            given.insert(1, {"first_name": "", "last_name": "", "domain": BAD_DOMAIN, "note": "bad"})
        query = {"enrichment_type": kind, "force_refresh": force, "strict": strict}
        content: dict[str, Any] = {
            "content": uploaded(given, media),
            "params": query,
            "headers": {"content-type": media},
        }
        if bad and strict:
            self.refused(key, "/batches", **content)
            return
        batch = Load(id="", key=key, kind=kind, names=names, given=given, batch=True, force=force, at=self.model.ends)
        unknown = {name for name in batch.good if force or not self.model.reserves_nothing(key, name, kind)}
        batch.held = key.price(kind) * len(unknown)
        answer = self.sent(key, "/batches", batch.held, **content)
        if answer is None:
            return
        assert answer.status_code == 201, answer.text
        shown, batch.id = answer.json(), answer.json()["id"]
        assert (shown["total"], shown["rejected"], shown["credits_reserved"]) == (len(names), int(bad), batch.held)
        assert [(error["row"], error["field"]) for error in shown["errors"]] == [(2, "domain")] * bad
        self.model.accounts[key.account].spent += batch.held
        self.loads[batch.id] = batch
        self.advance()

    @precondition(lambda self: self.model.runs or self.loads)
    @rule(which=ANY, together=st.booleans())
    @counted
    def cancel(self, which: int, *, together: bool) -> None:
        (self.cancel_load if together else self.cancel_run)(which)

    def cancel_run(self, which: int) -> None:
        if run := self.some_run(which):
            running = not run.ended
            if running:
                self.model.cancel([run])
            self.cancelled(run.key, f"/enrich/{run.id}", running=running)

    @precondition(lambda self: self.kept)
    @rule(which=ANY)
    @counted
    def repeat(self, which: int) -> None:
        self.send_again(which)

    def cancel_load(self, which: int) -> None:
        load = self.pick(self.loads, which)
        if load is None:
            return
        running = load.status == "processing"
        if running:
            self.model.cancel([run for run in load.runs if not run.ended])
            self.model.accounts[load.key.account].spent -= load.held
            load.held, load.cancelled = 0, load.batch
        self.cancelled(load.key, self.path(load), running=running)

    @precondition(lambda self: self.model.runs)
    @rule(which=ANY, wait=st.booleans())
    @counted
    def poll(self, which: int, *, wait: bool) -> None:
        if run := self.some_run(which):
            query = {"wait": 20} if wait and run.ended else {}
            answer = self.get(run.key, f"/enrich/{run.id}", **query)
            self.same(answer, run.shown(answer["status"]))
            self.tells_its_attempts(run)
            self.belongs_to_nobody_else(run.key, f"/enrich/{run.id}", "/attempts")
        if load := self.pick(self.loads, which):
            self.belongs_to_nobody_else(load.key, self.path(load), "/results" if load.batch else None)
            self.compare_lists(load.key.account, load.key.mode)

    @precondition(lambda self: min(purse.balance for purse in self.model.accounts.values()) < MEANS)
    @rule(account=st.sampled_from(("acme", "other")), amount=st.integers(1, 12))
    @counted
    def top_up(self, account: str, amount: int) -> None:
        self.model.accounts[account].earned += amount
        assert self.stood.grant(account, amount) == self.model.accounts[account].balance

    @precondition(lambda self: len(self.model.runs) > len(self.revoked))
    @rule(who=st.sampled_from(("acme-sonar", "acme-test", "other-module")))
    @counted
    def replace_key(self, who: str) -> None:
        self.replace(who)

    @precondition(lambda self: self.open_gate or self.model.flights)
    @rule(world=WORLD)
    @counted
    def change_the_world(self, world: str) -> None:
        self.turn(world)

    @precondition(lambda self: self.model.cache and not any(self.waits(load) for load in self.loads.values()))
    @rule()
    @counted
    def a_month_passes(self) -> None:
        self.stood.let_a_month_pass()
        self.model.cache.clear()

    @invariant()
    def everything_agrees(self) -> None:
        self.compare()

    def teardown(self) -> None:
        self.finish()
