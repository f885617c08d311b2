"""The money rules, and those of jobs, checked from outside on whatever a test left in the database."""

from sqlalchemy import text

from app.services import Services

VIOLATIONS = """
SELECT 'balance does not add up', a.id::text FROM accounts a
 WHERE a.balance <> coalesce((SELECT sum(amount) FROM credit_entries l WHERE l.account_id = a.id), 0)
UNION ALL
SELECT 'charge and refund differ', r.run_id::text
  FROM credit_entries r JOIN credit_entries c ON c.run_id = r.run_id AND c.kind = 'charge'
 WHERE r.kind = 'refund' AND r.amount <> -c.amount
UNION ALL
SELECT 'refund without charge', r.run_id::text FROM credit_entries r
 WHERE r.kind = 'refund' AND NOT EXISTS (SELECT FROM credit_entries c WHERE c.run_id = r.run_id AND c.kind = 'charge')
UNION ALL
SELECT 'run shows another cost than the ledger', r.id::text FROM runs r
 WHERE r.credits_used <> -coalesce((SELECT sum(amount) FROM credit_entries l WHERE l.run_id = r.id), 0)
UNION ALL
SELECT 'living run without open cascade', r.id::text FROM runs r
 WHERE r.status IN ('pending', 'processing')
   AND NOT EXISTS (SELECT FROM cascades c WHERE c.id = r.cascade_id AND c.open)
UNION ALL
SELECT 'open cascade without living run', c.id::text FROM cascades c
 WHERE c.open AND NOT EXISTS (SELECT FROM runs r WHERE r.cascade_id = c.id AND r.status IN ('pending', 'processing'))
UNION ALL
SELECT 'ended cascade with an open attempt', c.id::text FROM cascades c
 WHERE NOT c.open AND EXISTS (SELECT FROM attempts a WHERE a.cascade_id = c.id AND a.outcome IS NULL)
UNION ALL
SELECT 'job counts otherwise than its runs', j.id::text FROM jobs j
 WHERE j.kind = 'job' AND (j.done, j.not_found, j.emails_found, j.phones_found) <> (
   SELECT count(*), count(*) FILTER (WHERE r.result_status = 'not_found'),
     count(*) FILTER (WHERE r.result->'email'->>'value' IS NOT NULL),
     count(*) FILTER (WHERE r.result->'phone'->>'value' IS NOT NULL)
   FROM runs r WHERE r.job_id = j.id AND r.ended_at IS NOT NULL)
UNION ALL
SELECT 'job completed before its last run, or not by it', j.id::text FROM jobs j
 WHERE j.kind = 'job' AND (j.status = 'completed') <> (
   SELECT count(*) = j.total FROM runs r WHERE r.job_id = j.id AND r.ended_at IS NOT NULL)
UNION ALL
SELECT 'job without a run for each contact', j.id::text FROM jobs j
 WHERE j.kind = 'job' AND j.total <> (
   SELECT count(*) FROM job_rows w JOIN runs r ON r.id = w.run_id AND r.job_id = j.id WHERE w.job_id = j.id)
UNION ALL
SELECT 'batch holds otherwise than the ledger', j.id::text FROM jobs j
 WHERE j.kind = 'batch'
   AND j.reserved_credits <> -coalesce((SELECT sum(amount) FROM credit_entries l WHERE l.job_id = j.id), 0)
UNION ALL
SELECT 'batch has ended and holds', j.id::text FROM jobs j
 WHERE j.kind = 'batch' AND (j.ended_at IS NOT NULL OR j.admitted = j.total - j.rejected) AND j.reserved_credits > 0
UNION ALL
SELECT 'batch counts otherwise than its rows', j.id::text FROM jobs j
 WHERE j.kind = 'batch' AND j.status <> 'receiving' AND (j.total, j.rejected, j.admitted, j.done, j.not_found) <> (
   SELECT count(*), count(w.problem), count(w.run_id), count(w.problem) + count(r.ended_at),
     count(*) FILTER (WHERE r.result_status = 'not_found')
   FROM job_rows w LEFT JOIN runs r ON r.id = w.run_id WHERE w.job_id = j.id)
UNION ALL
SELECT 'run of a batch without a row', r.id::text FROM runs r JOIN jobs j ON j.id = r.job_id
 WHERE j.kind = 'batch' AND NOT EXISTS (SELECT FROM job_rows w WHERE w.job_id = j.id AND w.run_id = r.id)
UNION ALL
SELECT 'batch completed before its last row, or not by it', j.id::text FROM jobs j
 WHERE j.kind = 'batch' AND j.status IN ('processing', 'completed') AND (j.status = 'completed') <> (j.done = j.total)
UNION ALL
SELECT 'end of a job told more than once', d.job_id::text FROM deliveries d
 WHERE d.event IN ('job.completed', 'batch.completed') GROUP BY d.job_id, d.url HAVING count(*) > 1
"""


async def violations(services: Services) -> list[tuple[str, str]]:
    """List everything that breaks a money rule; empty is right."""
    async with services.engine.connect() as connection:
        rows = await connection.execute(text(VIOLATIONS))
        return [(row[0], row[1]) for row in rows]
