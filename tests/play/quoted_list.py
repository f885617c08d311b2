"""Stores quoted lists that have ended, as `compare_quotes` leaves them."""

import json
from collections.abc import Callable, Mapping
from typing import Any


def store_quoted_list(
    sql: Callable[..., Any], account: str, *, cost_usd: float, reached: str | None = None, mode: str = "live"
) -> None:
    """Store a list of an account that has a key; 0 to 2 of everything were quoted, and one contact was found."""
    interval = {"expected": 1, "low": 0, "high": 2}
    terms: Mapping[str, object] = {"found": interval, "cost_usd": interval, "credits": interval, "seconds": 10}
    outcome = {"completed": True, "found": 1, "cost_usd": cost_usd, "credits": 1, "seconds": 5.0}
    sql(
        "WITH made AS (INSERT INTO jobs (id, account_id, key_id, plan, mode, kind, type, lane, status, total,"
        " created_at, ended_at)"
        " SELECT gen_random_uuid(), a.id, k.id, k.plan, %s, 'batch', 'email', 'bulk', 'completed', 1, now(), now()"
        " FROM accounts a JOIN api_keys k ON k.account_id = a.id WHERE a.name = %s LIMIT 1 RETURNING id, account_id)"
        " INSERT INTO quoted_jobs (job_id, account_id, mode, terms, reached, outcome, created_at)"
        " SELECT id, account_id, %s, %s::jsonb, %s, %s::jsonb, now() FROM made",
        mode,
        account,
        mode,
        json.dumps(terms),
        reached,
        json.dumps(outcome),
    )
