"""Jobs and batches as the model knows them, and how contacts are written into requests."""

import csv
import io
import json
from dataclasses import dataclass, field
from typing import Any

from tests.contract.facts import Key, Run
from tests.contract.played import NAMELESS

SPELLINGS = 3
BAD_DOMAIN = "nonsense"


def spelled(name: str, spelling: int) -> tuple[str, str, str]:
    """Write first name, last name and domain of somebody in one of several ways that mean the same."""
    first, last = name.split()
    return (
        (first, last, "acme.example"),
        (first.upper(), last.lower(), "https://www.ACME.example/team"),
        (f"  {first}", f"{last} ", "info@Acme.Example"),
    )[spelling]


def leadmodule(name: str, spelling: int) -> dict[str, Any]:
    """Write a contact in the LeadModule dialect."""
    if name == NAMELESS:
        return {"firstName": (name, name.upper(), f" {name}")[spelling]}
    return dict(zip(("firstName", "lastName", "companyDomain"), spelled(name, spelling), strict=True))


def leadsonar(name: str, spelling: int) -> dict[str, Any]:
    """Write a contact in the LeadSonar dialect."""
    return dict(zip(("first_name", "last_name", "domain"), spelled(name, spelling), strict=True))


def uploaded(rows: list[dict[str, Any]], media: str) -> bytes:
    """Write rows as the body of an upload."""
    if media == "application/json":
        return json.dumps({"contacts": rows}).encode()
    if media == "application/x-ndjson":
        return "\n".join(map(json.dumps, rows)).encode()
    written = io.StringIO()
    writer = csv.DictWriter(written, list(rows[0]))
    writer.writeheader()
    writer.writerows(rows)
    return written.getvalue().encode()


@dataclass(kw_only=True)
class Load:
    """A job or a batch.

    Attributes:
        names: Whom its contacts mean; None for a bad row.
        given: Its contacts as they were written.
        runs: Of its good rows, in input order; a batch has none until it is admitted.
        held: Credits held for rows that have no run.
        at: How many ends the model had seen when it was accepted.
    """

    id: str
    key: Key
    kind: str
    names: list[str | None]
    given: list[dict[str, Any]]
    batch: bool = False
    force: bool = False
    held: int = 0
    at: int = 0
    cancelled: bool = False
    runs: list[Run] = field(default_factory=list)

    @property
    def good(self) -> list[str]:
        return [name for name in self.names if name]

    @property
    def done(self) -> int:
        return len(self.names) - len(self.good) + sum(run.ended for run in self.runs)

    @property
    def status(self) -> str:
        if self.cancelled:
            return "cancelled"
        return "completed" if self.done == len(self.names) else "processing"

    @property
    def missed(self) -> int:
        """Count the runs that have found nothing."""
        return sum(bool(run.known and run.known.status == "not_found") for run in self.runs)

    def found(self, member: str) -> int:
        """Count the runs that have found something."""
        return sum(bool(run.known and run.known.result and member in run.known.result) for run in self.runs)

    def shown(self) -> dict[str, Any]:
        """Return what GET shows, less times, sentences and costs."""
        if self.batch:
            return {
                "id": self.id,
                "status": self.status,
                "total": len(self.names),
                "completed": self.done,
                "rejected": len(self.names) - len(self.good),
                "emails_found": self.found("email"),
                "phones_found": self.found("phone"),
                "not_found": self.missed,
                "credits_reserved": self.held,
                "credits_used": sum(run.credits for run in self.runs),
                "metadata": {},
                "results_url": None if self.status == "processing" else f"/api/v1/batches/{self.id}/results",
            }
        shown: dict[str, Any] = {
            "id": self.id,
            "status": self.status,
            "progress": {
                "total": len(self.names),
                "completed": self.done,
                "emails_found": self.found("email"),
                "phones_found": self.found("phone"),
            },
        }
        if self.status == "completed":
            shown["contacts"] = [given | contact(run) for given, run in zip(self.given, self.runs, strict=True)]
        return shown

    def results(self) -> list[dict[str, Any]]:
        """Return the rows of a batch's results: what was uploaded, whose run it is and what became of it."""
        runs = iter(self.runs)
        return [given | self._fate(name, runs) for name, given in zip(self.names, self.given, strict=True)]

    def _fate(self, name: str | None, runs: Any) -> dict[str, Any]:
        run = next(runs, None) if name else None
        result = (run.known.result if run and run.known else None) or {}
        if name is None:
            status = "rejected"
        elif run is None:
            status = "cancelled" if self.cancelled else "pending"
        else:
            status = row_status(run) if run.ended else "pending"
        return {
            "email": result.get("email"),
            "phone": result.get("phone"),
            "status": status,
            "run_id": run.id if run else None,
        }


def row_status(run: Run) -> str:
    """Return what a run that has ended came to, in one word."""
    return "cancelled" if run.cancelled or run.known is None else run.known.status


def contact(run: Run) -> dict[str, Any]:
    """Return what a completed job shows of a contact besides what was given."""
    result = (run.known.result if run.known else None) or {}
    used = [result[name] for name in ("provider", "phoneProvider") if name in result]
    return {
        "email": result.get("email"),
        "email_confidence": result["confidence"] / 100 if "email" in result else None,
        "phone": result.get("phone"),
        "phone_type": result.get("phoneType"),
        "providers_used": list(dict.fromkeys(used)),
        "run_id": run.id,
        "status": row_status(run),
    }


def looked_up(run: Run) -> dict[str, Any]:
    """Return what find-email or find-phone answers when the run has ended."""
    result = (run.known.result if run.known else None) or {}
    if run.kind == "email":
        return {
            "email": result.get("email"),
            "confidence": result.get("confidence", 0) / 100,
            "provider": result.get("provider"),
            "verified": bool(result),
            "cost_credits": run.credits,
        }
    return {
        "phone": result.get("phone"),
        "phone_type": result.get("phoneType"),
        "provider": result.get("phoneProvider"),
        "validated": bool(result),
        "cost_credits": run.credits,
    }
