"""Sends the requests of the state machine, foretells which are refused, and lets happen what happens by itself."""

import time
from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any, Concatenate, ParamSpec, TypeVar

import httpx

from tests.api.checks import problem
from tests.contract.comparing import Comparing
from tests.contract.facts import Key, Run
from tests.contract.loads import Load

P = ParamSpec("P")
C = TypeVar("C", bound=Comparing)


def counted(rule: Callable[Concatenate[C, P], None]) -> Callable[Concatenate[C, P], None]:
    """Count how often a rule is taken, so that a test can see that none has fallen asleep."""

    @wraps(rule)
    def taken(self: C, /, *args: P.args, **given: P.kwargs) -> None:
        self.stood.note(rule.__name__)
        rule(self, *args, **given)

    return taken


class Steering(Comparing):
    """The service in the hands of a test."""

    def replace(self, who: str) -> None:
        """Revoke a key that was just used, and make another one."""
        old = self.keys[who]
        assert self.stood.send(old.text, "GET", "/credits").status_code == httpx.codes.OK
        self.stood.revoke(old.id)
        self.revoked[old] = time.monotonic()
        self.mint(who)

    def post(
        self, key: Key, path: str, body: dict[str, Any], names: list[str], kind: str, *, force: bool,
        named: str = "", headers: Mapping[str, str] | None = None,
    ) -> httpx.Response | None:  # fmt: skip
        """Submit; None when it is refused, or the repetition of another request, as foretold."""
        kept = self.kept.get((key, path, named)) if named else None
        sent = {"json": body, "headers": {**(headers or {}), **({"idempotency-key": named} if named else {})}}
        if kept:
            again = self.stood.send(key.text, "POST", path, **sent)
            if kept[0] == body:
                self._replayed(again, kept[1])
            else:
                self.stood.note("repeated otherwise")
                problem(again, 422, "idempotency-mismatch")
            return None
        answer = self.sent(key, path, self.model.required(key, names, kind, force=force), **sent)
        if answer is not None and named:
            self.kept[key, path, named] = (body, answer)
        return answer

    def send_again(self, which: int) -> None:
        """Repeat a request with its idempotency key, whatever has become of what it submitted."""
        key, path, named = list(self.kept)[which % len(self.kept)]
        body, answer = self.kept[key, path, named]
        again = self.stood.send(key.text, "POST", path, json=body, headers={"idempotency-key": named})
        if key in self.revoked and again.status_code == httpx.codes.UNAUTHORIZED:
            problem(again, 401, "unauthenticated")
        else:
            self._replayed(again, answer)

    def _replayed(self, again: httpx.Response, first: httpx.Response) -> None:
        self.stood.note("repeated")
        assert (again.status_code, again.content) == (first.status_code, first.content)
        assert again.headers["idempotent-replayed"] == "true"

    def sent(self, key: Key, path: str, required: int, **request: Any) -> httpx.Response | None:
        """Send what costs so many credits; None when the account has not enough of them, and the answer says so."""
        if not self.asleep:
            self.stood.work()
        answer = self.stood.send(key.text, "POST", path, **request)
        available = self.model.accounts[key.account].balance
        if required <= available:
            assert answer.is_success, answer.text
            assert "idempotent-replayed" not in answer.headers
            return answer
        self.stood.note("too expensive" if available else "nothing left")
        body = problem(answer, 402, "insufficient-credits", "creditsRequired", "creditsAvailable")
        assert (body["creditsRequired"], body["creditsAvailable"]) == (required, available)
        self.stood.pause()
        return None

    def refused(self, key: Key, path: str, body: dict[str, Any] | None = None, **request: Any) -> None:
        """Send what has a mistake in it."""
        answer = self.stood.send(key.text, "POST", path, **(request or {"json": body}))
        problem(answer, 400, "invalid-input", "errors")

    def cancelled(self, key: Key, path: str, *, running: bool) -> None:
        """Cancel something; what has ended cannot be."""
        answer = self.stood.send(self.reader(key.account, key.mode), "POST", f"{path}/cancel")
        if running:
            assert answer.status_code == 200, answer.text
        else:
            problem(answer, 409, "already-ended")

    def advance(self) -> None:
        """Let happen what happens by itself: batches are admitted, vendors are asked and answer."""
        if self.asleep:
            return
        self.stood.work()
        (self.stood.until_taken if self.held else self.stood.until_ended)()
        self.stood.pause()
        for load in self.loads.values():
            if self.waits(load):
                self._admit(load)
        self.model.take(self.stood.vendors.generation)
        if not self.held:
            self.model.settle(self.stood.vendors.generation)
            # From now on people have other addresses and numbers: what is shown reveals when it was looked up.
            self.stood.vendors.generation += 1

    def _admit(self, batch: Load) -> None:
        self.model.accounts[batch.key.account].spent -= batch.held
        batch.held = 0
        ids = [run_id for run_id in self.stood.rows(batch.id) if run_id]
        for run_id, name in zip(ids, batch.good, strict=True):
            run = Run(id=run_id, key=batch.key, name=name, kind=batch.kind, metadata={}, job_id=batch.id)
            batch.runs.append(self.model.accept(run, force=batch.force, since=batch.at if batch.force else None))

    def turn(self, world: str) -> None:
        """Let the worker sleep; or wake it, while vendors hold what they are asked, or answer."""
        self.asleep = world == "asleep"
        if not self.asleep:
            self.held = world == "held"
            if not self.held:
                # What was held ends now: rows of batches must have joined it, or the cache would answer some of them.
                self.stood.work()
                self.stood.until_admitted()
            (self.stood.hold if self.held else self.stood.release)()
            self.advance()

    def finish(self) -> None:
        """End everything, and look at all of it once more."""
        if self.keys:
            self.turn("open")
            self.compare(again=True)
