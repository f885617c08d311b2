"""The operations on runs, written once as steps for the blocking and the asynchronous client."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Generic, TypeVar
from uuid import uuid4

from leadrun import _inputs
from leadrun._exchange import READ_SECONDS, Pause, Policy, Request, Steps, exchange, retry_after
from leadrun._json import json_of
from leadrun.errors import DeadlineError, InvalidAnswerError
from leadrun.models import RunData

R = TypeVar("R", bound=RunData)
# Seconds for which the server is asked to hold a request until a run ends.
HOLD_SECONDS = 30
# Between polls, where the server neither holds requests nor says when to come back.
POLL_SECONDS = 2.0
RUN_TIMEOUT = 600.0
FOREVER = float("inf")


class RunOperations(Generic[R]):
    """Steps of operations on runs.

    Attributes:
        policy: How patient to be.
        timeout: Seconds for an operation that waits for nothing, its repetitions included.
    """

    def __init__(self, policy: Policy, timeout: float, run_of: Callable[[Mapping[str, Any]], R]) -> None:
        """Keep how runs are made."""
        self.policy, self.timeout, self._run_of = policy, timeout, run_of

    def deadline(self, seconds: float | None) -> float:
        """Return when so many seconds from now have passed; None is for ever."""
        return FOREVER if seconds is None else self.policy.clock() + seconds

    def call(self, request: Request, deadline: float | None = None) -> Steps[dict[str, Any]]:
        """Send a request and read the JSON of its answer."""
        until = self.deadline(self.timeout) if deadline is None else deadline
        return json_of((yield from exchange(request, self.policy, until)))

    def run_of(self, data: Mapping[str, Any]) -> R:
        """Read a run; what only accepts a submission is a run that goes on."""
        if "runId" not in data:
            raise InvalidAnswerError(f"The answer is no run: it has {', '.join(data) or 'no members'}.")
        return self._run_of(data)

    def submit_body(
        self,
        body: Mapping[str, Any],
        *,
        key: str,
        deadline: float,
        hold: int = 0,
        policy: Policy | None = None,
        path: str = "/enrich",
    ) -> Steps[R]:
        """Submit a contact; the server may hold the request for `hold` seconds until the run ends."""
        headers = {"content-type": "application/json", "idempotency-key": key}
        if hold:
            headers["prefer"] = f"wait={hold}"
        request = Request(
            method="POST",
            path=path,
            body=_inputs.encode(body),
            headers=headers,
            submits=True,
            seconds=hold + READ_SECONDS,
        )
        return self.run_of(json_of((yield from exchange(request, policy or self.policy, deadline))))

    def submit(
        self,
        *,
        first_name: str | None = None,
        last_name: str | None = None,
        full_name: str | None = None,
        company_domain: str | None = None,
        company_name: str | None = None,
        linkedin_url: str | None = None,
        enrichment_type: str | None = None,
        force_refresh: bool | None = None,
        providers: Sequence[str] | None = None,
        max_cost_usd: float | None = None,
        waterfall: str | None = None,
        metadata: Mapping[str, Any] | None = None,
        webhook_url: str | None = None,
        idempotency_key: str | None = None,
    ) -> Steps[R]:
        """Submit one contact and return its run at once; `run.wait()` waits for the end.

        Args:
            first_name: Of the person.
            last_name: Of the person.
            full_name: Instead of both.
            company_domain: A domain, or a URL or e-mail address to take it from.
            company_name: Of the company.
            linkedin_url: The person's profile.
            enrichment_type: `email` (default), `phone` or `all`.
            force_refresh: Look up again although the cache has an answer.
            providers: Only these, in this order.
            max_cost_usd: Stop before the providers' charges pass it.
            waterfall: The name of the rules that order the providers, such as `cheapest`; the account's when absent.
            metadata: Any JSON object up to 4 KiB, given back untouched.
            webhook_url: Where the end is posted.
            idempotency_key: Instead of a random one; the same key never submits twice within 24 hours.

        Raises:
            ApiError: The request is refused; nothing is charged.
            NoAnswerError: No answer came. With your own key, submit again to learn what became of it.
        """
        contact = {
            "firstName": first_name,
            "lastName": last_name,
            "fullName": full_name,
            "companyDomain": company_domain,
            "companyName": company_name,
            "linkedInUrl": linkedin_url,
        }
        options = _inputs.options_of(
            enrichment_type=enrichment_type,
            force_refresh=force_refresh,
            providers=providers,
            max_cost_usd=max_cost_usd,
            waterfall=waterfall,
            metadata=metadata,
            webhook_url=webhook_url,
        )
        key = idempotency_key or str(uuid4())
        return (
            yield from self.submit_body(
                _inputs.body_of(contact, options), key=key, deadline=self.deadline(self.timeout)
            )
        )

    def enrich(
        self,
        *,
        first_name: str | None = None,
        last_name: str | None = None,
        full_name: str | None = None,
        company_domain: str | None = None,
        company_name: str | None = None,
        linkedin_url: str | None = None,
        enrichment_type: str | None = None,
        force_refresh: bool | None = None,
        providers: Sequence[str] | None = None,
        max_cost_usd: float | None = None,
        waterfall: str | None = None,
        metadata: Mapping[str, Any] | None = None,
        webhook_url: str | None = None,
        idempotency_key: str | None = None,
        timeout: float | None = RUN_TIMEOUT,
    ) -> Steps[R]:
        """Look up one contact: submit it, wait for the end, and return the finished run.

        Args:
            first_name: Of the person.
            last_name: Of the person.
            full_name: Instead of both.
            company_domain: A domain, or a URL or e-mail address to take it from.
            company_name: Of the company.
            linkedin_url: The person's profile.
            enrichment_type: `email` (default), `phone` or `all`.
            force_refresh: Look up again although the cache has an answer.
            providers: Only these, in this order.
            max_cost_usd: Stop before the providers' charges pass it.
            waterfall: The name of the rules that order the providers, such as `cheapest`; the account's when absent.
            metadata: Any JSON object up to 4 KiB, given back untouched.
            webhook_url: Where the end is posted as well.
            idempotency_key: Instead of a random one.
            timeout: Seconds until the deadline; None for none.

        Raises:
            DeadlineError: The deadline passed; `run_id` goes on at the server.
            ApiError: The request is refused; nothing is charged.
            NoAnswerError: No answer came.
        """
        contact = {
            "firstName": first_name,
            "lastName": last_name,
            "fullName": full_name,
            "companyDomain": company_domain,
            "companyName": company_name,
            "linkedInUrl": linkedin_url,
        }
        options = _inputs.options_of(
            enrichment_type=enrichment_type,
            force_refresh=force_refresh,
            providers=providers,
            max_cost_usd=max_cost_usd,
            waterfall=waterfall,
            metadata=metadata,
            webhook_url=webhook_url,
        )
        deadline = self.deadline(timeout)
        run = yield from self.submit_body(
            _inputs.body_of(contact, options),
            key=idempotency_key or str(uuid4()),
            deadline=deadline,
            hold=self._hold(deadline),
        )
        return run if run.ended else (yield from self.wait_until(run.run_id, deadline))

    def _hold(self, deadline: float) -> int:
        return int(max(0.0, min(HOLD_SECONDS, deadline - self.policy.clock())))

    def get_run(self, run_id: str, *, wait: int = 0) -> Steps[R]:
        """Read a run as it stands.

        Args:
            run_id: Of the run.
            wait: Seconds, at most 60, for which the server may hold the request until the run ends.
        """
        return self.run_of((yield from self.call(_reading(run_id, wait))))

    def wait(self, run_id: str, *, timeout: float | None = RUN_TIMEOUT) -> Steps[R]:
        """Wait for the end of a run, and return it.

        Raises:
            DeadlineError: `timeout` seconds have passed; the run goes on.
        """
        return (yield from self.wait_until(run_id, self.deadline(timeout)))

    def wait_until(self, run_id: str, deadline: float, policy: Policy | None = None) -> Steps[R]:
        """Wait for the end of a run until a deadline of the policy's clock."""
        clock = self.policy.clock
        while True:
            hold = self._hold(deadline)
            reply = yield from exchange(_reading(run_id, hold), policy or self.policy, deadline)
            run = self.run_of(json_of(reply))
            if run.ended:
                return run
            # A server that held the request is asked again at once; one that knows no `wait`, when it says.
            held = hold and reply.seconds >= hold / 2
            pause = 0.0 if held else retry_after(reply.headers) or POLL_SECONDS
            if clock() + pause >= deadline:
                raise DeadlineError(f"The run {run_id} has not ended in time; it goes on.", run_id=run_id)
            if pause:
                yield Pause(seconds=pause)


def _reading(run_id: str, hold: int) -> Request:
    params = {"wait": str(hold)} if hold else {}
    return Request(method="GET", path=f"/enrich/{_inputs.id_of(run_id)}", params=params, seconds=hold + READ_SECONDS)
