"""All operations on runs and the account: those on runs, look-ups in the LeadSonar dialect, credits and usage."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, TypeVar
from uuid import uuid4

from leadrun import _inputs
from leadrun._exchange import READ_SECONDS, Request, Steps
from leadrun._inputs import id_of
from leadrun._json import build
from leadrun._runs import HOLD_SECONDS, RUN_TIMEOUT, R, RunOperations
from leadrun.models import Attempt, CreditBalance, EmailFound, Feedback, Page, PhoneFound, Provider, Usage
from leadrun.plans import RunPlan, Simulation
from leadrun.webhooks import Delivery, Endpoint

T = TypeVar("T")


class Operations(RunOperations[R]):
    """Steps of operations."""

    def cancel(self, run_id: str) -> Steps[R]:
        """Stop a run before its next provider call; the credits come back if none was made yet.

        Raises:
            AlreadyEndedError: It has ended.
        """
        return self.run_of((yield from self.call(Request(method="POST", path=f"/enrich/{id_of(run_id)}/cancel"))))

    def attempts(self, run_id: str) -> Steps[list[Attempt]]:
        """Read the cascade of a run: each provider in order, with outcome, latency and cost."""
        body = yield from self.call(Request(method="GET", path=f"/enrich/{id_of(run_id)}/attempts"))
        return [build(Attempt, one) for one in body.get("attempts", ())]

    def plan(self, run_id: str) -> Steps[RunPlan]:
        """Read why the providers of a run were asked in this order, with those that were not reached."""
        return build(RunPlan, (yield from self.call(Request(method="GET", path=f"/runs/{id_of(run_id)}/plan"))))

    def find_email(
        self,
        *,
        first_name: str,
        last_name: str,
        domain: str,
        company_name: str | None = None,
        linkedin_url: str | None = None,
        force_refresh: bool | None = None,
        providers: Sequence[str] | None = None,
        max_cost_usd: float | None = None,
        waterfall: str | None = None,
        metadata: Mapping[str, Any] | None = None,
        timeout: float | None = RUN_TIMEOUT,
    ) -> Steps[EmailFound]:
        """Look up one e-mail address and wait for it (LeadSonar)."""
        asked = _lookup(first_name, last_name, domain, company_name, linkedin_url)
        more = {
            "force_refresh": force_refresh,
            "providers": providers,
            "max_cost_usd": _inputs.cap_of(max_cost_usd),
            "waterfall": waterfall,
        }
        body = yield from self._find("/find-email", asked | more | {"metadata": metadata}, self.deadline(timeout))
        return build(EmailFound, _email_of(body) if "runId" in body else body)

    def find_phone(
        self,
        *,
        first_name: str,
        last_name: str,
        domain: str,
        company_name: str | None = None,
        linkedin_url: str | None = None,
        force_refresh: bool | None = None,
        providers: Sequence[str] | None = None,
        max_cost_usd: float | None = None,
        waterfall: str | None = None,
        metadata: Mapping[str, Any] | None = None,
        timeout: float | None = RUN_TIMEOUT,
    ) -> Steps[PhoneFound]:
        """Look up one phone number and wait for it (LeadSonar)."""
        asked = _lookup(first_name, last_name, domain, company_name, linkedin_url)
        more = {
            "force_refresh": force_refresh,
            "providers": providers,
            "max_cost_usd": _inputs.cap_of(max_cost_usd),
            "waterfall": waterfall,
        }
        body = yield from self._find("/find-phone", asked | more | {"metadata": metadata}, self.deadline(timeout))
        return build(PhoneFound, _phone_of(body) if "runId" in body else body)

    def verify_email(
        self,
        email: str,
        *,
        force_refresh: bool | None = None,
        providers: Sequence[str] | None = None,
        max_cost_usd: float | None = None,
        metadata: Mapping[str, Any] | None = None,
        webhook_url: str | None = None,
        idempotency_key: str | None = None,
        timeout: float | None = RUN_TIMEOUT,
    ) -> Steps[R]:
        """Verify an address that is known, and return the finished run; `result.validation` has the verdict.

        `providers` names the verifiers to ask; the other arguments and the errors are those of `enrich`.
        """
        options = _inputs.options_of(
            enrichment_type=None,
            force_refresh=force_refresh,
            providers=providers,
            max_cost_usd=max_cost_usd,
            metadata=metadata,
            webhook_url=webhook_url,
        )
        deadline = self.deadline(timeout)
        run = yield from self.submit_body(
            _inputs.address_of(email, options),
            key=idempotency_key or str(uuid4()),
            deadline=deadline,
            hold=self._hold(deadline),
            path="/verify-email",
        )
        return run if run.ended else (yield from self.wait_until(run.run_id, deadline))

    def _find(self, path: str, body: Mapping[str, Any], deadline: float) -> Steps[dict[str, Any]]:
        """Look up; returns the answer, or the finished run where the server answered before its end."""
        given = {name: value for name, value in body.items() if not _inputs.is_blank(value)}
        headers = {"content-type": "application/json", "idempotency-key": str(uuid4())}
        request = Request(
            method="POST",
            path=path,
            body=_inputs.encode(given),
            headers=headers,
            submits=True,
            seconds=HOLD_SECONDS + READ_SECONDS,
        )
        body = yield from self.call(request, deadline)
        if "runId" not in body:
            return body
        run = yield from self.wait_until(str(body["runId"]), deadline)
        return dict(run.raw)

    def credits(self) -> Steps[CreditBalance]:
        """Read the account's credits."""
        return build(CreditBalance, (yield from self.call(Request(method="GET", path="/credits"))))

    def providers(self) -> Steps[list[Provider]]:
        """List the providers that the key reaches."""
        body = yield from self.call(Request(method="GET", path="/providers"))
        return [build(Provider, one) for one in body.get("providers", ())]

    def usage(
        self, *, since: datetime | str | None = None, until: datetime | str | None = None, by: str | None = None
    ) -> Steps[Usage]:
        """Read runs, results, credits and the providers' charges.

        Args:
            since: The begin; 30 days before the end when absent.
            until: The end, exclusive; now when absent.
            by: `day` (default), `provider` or `key`.
        """
        query = _inputs.query_of(since=since, until=until, by=by)
        return build(Usage, (yield from self.call(Request(method="GET", path="/usage", params=query))))

    def feedback(self, run_id: str, outcome: str, *, field: str | None = None) -> Steps[Feedback]:
        """Report what became of a value: a wrong one is never served or accepted again for its contact.

        Args:
            run_id: Of the run that gave it.
            outcome: `bounced`, `delivered`, `wrong_person`, `left_company`, `disconnected` or `answered`.
            field: `email` or `phone`; all that it can be about when absent.

        Raises:
            ConflictError: The run has found no such value.
        """
        said = {"outcome": outcome} | ({"field": field} if field else {})
        headers = {"content-type": "application/json"}
        body = _inputs.encode(said)
        request = Request(method="POST", path=f"/runs/{id_of(run_id)}/feedback", body=body, headers=headers)
        return build(Feedback, (yield from self.call(request)))

    def simulate(self, waterfall: str | Mapping[str, Any], *, days: int = 30) -> Steps[Simulation]:
        """Ask what the last days' look-ups would have come to under another waterfall, by its name or definition."""
        said = {"waterfall" if isinstance(waterfall, str) else "definition": waterfall, "days": days}
        headers = {"content-type": "application/json"}
        request = Request(method="POST", path="/simulations", body=_inputs.encode(said), headers=headers, submits=True)
        return build(Simulation, (yield from self.call(request)))

    def endpoints(self) -> Steps[list[Endpoint]]:
        """List the URLs that get events of the account."""
        body = yield from self.call(Request(method="GET", path="/webhooks/endpoints"))
        return [build(Endpoint, one) for one in body.get("endpoints", ())]

    def redeliver(self, delivery_id: str) -> Steps[Delivery]:
        """Send a delivery again; the receiver gets the same `webhook-id`."""
        request = Request(method="POST", path=f"/webhooks/deliveries/{id_of(delivery_id)}/redeliver", repeatable=False)
        return build(Delivery, (yield from self.call(request)))

    def page(self, path: str, item_of: Callable[[Mapping[str, Any]], T], query: Mapping[str, str]) -> Steps[Page[T]]:
        """Read a page of a collection, newest first; the last part of its path names it."""
        body = yield from self.call(Request(method="GET", path=path, params=query))
        items = [item_of(one) for one in body.get(path.rpartition("/")[2], ())]
        return Page(items=items, cursor=body.get("nextCursor") or body.get("next_cursor"))


def _lookup(
    first_name: str, last_name: str, domain: str, company_name: str | None, linkedin_url: str | None
) -> dict[str, Any]:
    return {
        "first_name": first_name,
        "last_name": last_name,
        "domain": domain,
        "company_name": company_name,
        "linkedin_url": linkedin_url,
    }


def _email_of(run: Mapping[str, Any]) -> dict[str, Any]:
    """Write a finished run as find-email answers it."""
    found = run.get("result") or {}
    return {
        "email": found.get("email"),
        "confidence": (found.get("confidence") or 0) / 100,
        "provider": found.get("provider"),
        "verified": (found.get("validation") or {}).get("status") == "valid",
        "cost_credits": run.get("creditsUsed", 0),
        **({"error": run["error"]} if run.get("error") else {}),
    }


def _phone_of(run: Mapping[str, Any]) -> dict[str, Any]:
    """Write a finished run as find-phone answers it."""
    found = run.get("result") or {}
    return {
        "phone": found.get("phone"),
        "phone_type": found.get("phoneType"),
        "phone_extension": found.get("phoneExtension"),
        "provider": found.get("phoneProvider"),
        "validated": bool(found.get("phoneValidated")),
        "cost_credits": run.get("creditsUsed", 0),
        **({"error": run["error"]} if run.get("error") else {}),
    }
