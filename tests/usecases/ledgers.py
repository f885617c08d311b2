"""The money rules, checked from outside on whatever a test left in the database."""

from sqlalchemy import text

from app.context import Services

VIOLATIONS = """
SELECT 'balance does not add up', a.id::text FROM accounts a
 WHERE a.balance <> coalesce((SELECT sum(amount) FROM ledger l WHERE l.account_id = a.id), 0)
UNION ALL
SELECT 'charge and refund differ', r.run_id::text
  FROM ledger r JOIN ledger c ON c.run_id = r.run_id AND c.kind = 'charge'
 WHERE r.kind = 'refund' AND r.amount <> -c.amount
UNION ALL
SELECT 'refund without charge', r.run_id::text FROM ledger r
 WHERE r.kind = 'refund' AND NOT EXISTS (SELECT FROM ledger c WHERE c.run_id = r.run_id AND c.kind = 'charge')
UNION ALL
SELECT 'run shows another cost than the ledger', r.id::text FROM runs r
 WHERE r.credits_used <> -coalesce((SELECT sum(amount) FROM ledger l WHERE l.run_id = r.id), 0)
UNION ALL
SELECT 'living run without open cascade', r.id::text FROM runs r
 WHERE r.status IN ('pending', 'processing')
   AND NOT EXISTS (SELECT FROM cascades c WHERE c.id = r.cascade_id AND c.open)
UNION ALL
SELECT 'open cascade without living run', c.id::text FROM cascades c
 WHERE c.open AND NOT EXISTS (SELECT FROM runs r WHERE r.cascade_id = c.id AND r.status IN ('pending', 'processing'))
"""


async def violations(services: Services) -> list[tuple[str, str]]:
    """List everything that breaks a money rule; empty is right."""
    async with services.engine.connect() as connection:
        rows = await connection.execute(text(VIOLATIONS))
        return [(row[0], row[1]) for row in rows]
