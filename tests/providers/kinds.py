"""The kinds of cases: those that every vendor must have, and those that some have besides."""

from collections.abc import Callable
from pathlib import Path

from tests.providers.replay import Case, case_paths, load
from tests.providers.watched import is_posted

Kinds = dict[str, Callable[[Case], bool]]

OF_ANY_ENTRY: Kinds = {
    "found": lambda case: case.expected.outcome == "hit",
    "not-found": lambda case: case.expected.outcome == "miss",
    "bad-key": lambda case: case.expected.trouble == "auth_error",
    "out-of-credits": lambda case: case.expected.trouble == "out_of_credits",
    "throttled": lambda case: case.expected.trouble == "rate_limited",
}
OF_A_VENDOR: Kinds = OF_ANY_ENTRY | {
    "bad-input": lambda case: case.expected.trouble == "bad_request",
    "server-error": lambda case: case.expected.trouble == "server_error",
    "malformed": lambda case: case.expected.trouble == "malformed",
}
# A verification has a verdict where a finder has a value or none.
OF_A_VERIFIER: Kinds = {kind: fits for kind, fits in OF_A_VENDOR.items() if kind not in {"found", "not-found"}} | {
    "valid": lambda case: case.expected.status == "valid",
    "invalid": lambda case: case.expected.status == "invalid",
    "unknown": lambda case: case.expected.status == "unknown",
}
OF_A_TICKET: Kinds = {
    "pending-then-found": lambda case: case.expected.outcome == "hit" and not case.ticket and len(case.exchanges) > 1,
    "given-up": lambda case: case.expected.trouble == "timeout" and not case.ticket,
    "ticket-resumed": lambda case: case.expected.outcome == "hit" and bool(case.ticket),
    # Where a vendor says the same of a ticket that it does not know as of one that is not ready, time runs out.
    "ticket-lost": lambda case: (
        case.expected.trouble == "ticket_lost" or (case.expected.trouble == "timeout" and bool(case.ticket))
    ),
}
# What a whole cascade does besides, where a vendor has it.
OF_A_CASCADE: Kinds = {
    "rejected": lambda case: case.expected.outcome == "rejected",
    "connection-lost": lambda case: case.expected.trouble == "connection",
    "interrupted": lambda case: case.expected.trouble == "interrupted",
    "bought-together": lambda case: bool(case.expected.also),
    "with-an-address": lambda case: bool(case.email),
    "two-tasks": lambda case: len(case.expected.tickets or ()) > 1,
    "posted": lambda case: is_posted(case) and case.expected.outcome == "hit",
    "posted-ticket": lambda case: is_posted(case) and bool(case.ticket),
}


def missing_kinds(found: list[Case], kinds: Kinds) -> set[str]:
    """List the kinds that none of the cases is of."""
    return {kind for kind, fits in kinds.items() if not any(fits(case) for case in found)}


def one_of_each(provider: str) -> list[Path]:
    """Choose one case file of a provider for each kind, the first of it that is not chosen for another."""
    cases = {path: case for path in case_paths(provider) if (case := load(path)).field != "verify"}
    chosen: dict[Path, None] = {}
    for fits in (OF_A_VENDOR | OF_A_TICKET | OF_A_CASCADE).values():
        fitting = [path for path, case in cases.items() if fits(case)]
        fresh = [path for path in fitting if path not in chosen]
        if fitting and (fresh or not set(fitting) & chosen.keys()):
            chosen[(fresh or fitting)[0]] = None
    return sorted(chosen)
