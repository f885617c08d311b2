"""Fill the long tables of a database: rows of one account, with a few rare ones among the oldest."""

from datetime import datetime, timedelta
from uuid import UUID

import psycopg

ACCOUNT, KEY, SELDOM_USED = UUID(int=1), UUID(int=2), UUID(int=3)
# Of each kind of rare row there are so many, among the oldest.
RARE = 5

_ACCOUNT = f"""
INSERT INTO accounts (id, name, created_at) VALUES ('{ACCOUNT}', 'acme', now());
INSERT INTO api_keys (id, account_id, digest, display, plan, mode, created_at)
  VALUES ('{KEY}', '{ACCOUNT}', '\\x01', 'lm_live_aaaa', 'leadmodule', 'live', now()),
         ('{SELDOM_USED}', '{ACCOUNT}', '\\x02', 'lm_live_bbbb', 'leadmodule', 'live', now());
CREATE TEMPORARY TABLE seeds AS
SELECT n, at, CAST(lpad(to_hex(CAST(extract(epoch FROM at) * 1000 AS bigint)), 12, '0')
    || '7000800000' || lpad(to_hex(n), 10, '0') AS uuid) AS id, decode(lpad(to_hex(n), 16, '0'), 'hex') AS print,
  CASE WHEN mod(n, 1000) = 0 AND n / 1000 <= {RARE * 12} THEN mod(n / 1000, 12) ELSE 0 END AS kind
FROM generate_series(1, %(rows)s) AS n,
  LATERAL (SELECT %(begin)s::timestamptz + n * %(spacing)s::interval AS at) AS made;
"""
# Rare kinds: 1 a seldom used key, 2 test, 3 a phone, 4 pending, 5 processing, 6 failed, 7 cancelled, 8 not found,
# 9 another company, 10 another name.
TABLES = {
    "runs": f"""
INSERT INTO runs (id, account_id, key_id, cascade_id, plan, mode, type, status, result_status, credits_used, result,
  contact, search_name, search_last_name, search_domain, search_address, created_at, started_at, ended_at)
SELECT id, '{ACCOUNT}', CASE WHEN kind = 1 THEN CAST('{SELDOM_USED}' AS uuid) ELSE '{KEY}' END, id, 'leadmodule',
  CASE WHEN kind = 2 THEN 'test' ELSE 'live' END, CASE WHEN kind = 3 THEN 'phone' ELSE 'email' END,
  CASE kind WHEN 4 THEN 'pending' WHEN 5 THEN 'processing' WHEN 6 THEN 'failed' WHEN 7 THEN 'cancelled'
    ELSE 'completed' END,
  CASE WHEN kind IN (4, 5, 7) THEN NULL WHEN kind = 6 THEN 'error' WHEN kind = 8 THEN 'not_found' ELSE 'found' END, 1,
  CASE WHEN NOT kind BETWEEN 4 AND 8
    THEN jsonb_build_object('email', jsonb_build_object('value', name || '@' || domain, 'status', 'valid')) END,
  jsonb_build_object('last_name', name, 'company_domain', domain), 'jane ' || name, name, domain,
  CASE WHEN NOT kind BETWEEN 4 AND 8 THEN name || '@acme' || n % 97 || '.example' END, at, at,
  CASE WHEN kind NOT IN (4, 5) THEN at END
FROM seeds, LATERAL (SELECT CASE WHEN kind = 10 THEN 'zyx' ELSE 'smith' || n % 89 END AS name,
  CASE WHEN kind = 9 THEN 'rare.example' ELSE 'acme' || n % 97 || '.example' END AS domain) AS of_contact""",
    "cascades": f"""
INSERT INTO cascades (id, account_id, mode, type, fingerprint, lane, contact, open, created_at, queued_at, ended_at)
SELECT id, '{ACCOUNT}', 'live', 'email', print, 'interactive', '{{}}', kind = 4, at, at, CASE WHEN kind <> 4 THEN at END
FROM seeds""",
    "attempts": """
INSERT INTO attempts (cascade_id, provider, field, position, tier, route, fencing_token, outcome, ticket, cost_usd,
  started_at, ended_at, late_result_due_at)
SELECT id, 'hunter', 'email', 0, 'T1', 'names', 1, 'hit', CASE WHEN kind = 5 THEN '{}'::jsonb END, 0.01, at, at,
  CASE WHEN kind = 5 THEN at END
FROM seeds""",
    "cache_entries": f"""
INSERT INTO cache_entries (account_id, mode, fingerprint, type, run_id, result, degraded, ended_at)
SELECT '{ACCOUNT}', 'live', print, 'email', id, '{{}}', false, at FROM seeds""",
    "credit_entries": f"""
INSERT INTO credit_entries (id, account_id, run_id, kind, amount, created_at)
SELECT id, '{ACCOUNT}', id, 'charge', -1, at FROM seeds""",
    "idempotency_keys": f"""
INSERT INTO idempotency_keys (key_id, operation, key, fingerprint, run_id, created_at, locked_until)
SELECT '{KEY}', 'enrich', n, print, id, at, at FROM seeds""",
    "provider_callbacks": """
INSERT INTO provider_callbacks (token_digest, cascade_id, provider, field, created_at, expires_at)
SELECT print, id, 'fullenrich', 'email', at, at FROM seeds""",
    "deliveries": f"""
INSERT INTO deliveries (id, account_id, run_id, event, url, host, body, state, due_at, created_at, ended_at)
SELECT id, '{ACCOUNT}', id, 'enrichment.completed', 'https://acme.example/hook', 'acme.example', '{{}}',
  CASE kind WHEN 4 THEN 'pending' WHEN 6 THEN 'failed' ELSE 'delivered' END, CASE WHEN kind = 4 THEN at END, at,
  CASE WHEN kind <> 4 THEN at END
FROM seeds""",
    "delivery_attempts": """
INSERT INTO delivery_attempts (delivery_id, number, started_at, latency_ms, http_status, answer)
SELECT id, 1, at, 20, 200, 'thanks' FROM seeds WHERE kind <> 4""",
    "audit_entries": f"""
INSERT INTO audit_entries (id, account_id, actor_kind, actor, action, created_at)
SELECT id, '{ACCOUNT}', 'person', 'jane@acme.example', 'keys.create', at FROM seeds""",
    "feedback": f"""
INSERT INTO feedback (run_id, field, outcome, account_id, mode, fingerprint, provider, value, wrong, created_at)
SELECT id, 'email', 'bounced', '{ACCOUNT}', 'live', print, 'hunter', n || '@acme.example', true, at FROM seeds
WHERE n % 10 = 0""",
}
_INDEXES = """
SELECT i.indexdef, i.indexname FROM pg_indexes AS i
WHERE i.tablename = %(table)s AND NOT EXISTS (SELECT FROM pg_constraint WHERE conname = i.indexname)
"""


def seed(url: str, rows: int, *, begin: datetime, spacing: timedelta, others: int | None = None) -> None:
    """Fill the long tables of a migrated, empty database; indexes are made afterwards, which costs a fraction.

    Args:
        url: Of a role that may leave foreign keys unchecked.
        rows: Of runs, and of each other table; of feedback a tenth.
        begin: The time of the row before the first.
        spacing: From one row to the next.
        others: Of each other table, the oldest ones, where fewer are enough.
    """
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("SET session_replication_role = replica")
        # What is not written to the log yet, vacuum cannot note as seen by all; plans then fear to look each row up.
        connection.execute("SET synchronous_commit = on")
        connection.execute("SET maintenance_work_mem = '256MB'")
        values = {"begin": begin, "spacing": spacing, "rows": rows}
        for statement in filter(str.strip, _ACCOUNT.split(";\n")):
            connection.execute(statement.encode(), values if "%(" in statement else None)
        for table, fill in TABLES.items():
            if table != "runs" and others is not None:
                connection.execute(f"DELETE FROM seeds WHERE n > {others}".encode())
            indexes = connection.execute(_INDEXES, {"table": table}).fetchall()
            for _, name in indexes:
                connection.execute(f'DROP INDEX "{name}"'.encode())
            connection.execute(fill.encode())
            for definition, _ in indexes:
                connection.execute(definition.encode())
            connection.execute(f"VACUUM ANALYZE {table}".encode())
