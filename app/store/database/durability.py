"""How durable a transaction is: each is on the disk before it counts, but for leases, which a crash may take back."""

from sqlalchemy import text

from app.store.database.queries import SqlQuery, nothing

# Without a wait for the disk: PostgreSQL's manual, 28.4 "Asynchronous Commit". A server that crashes loses the last
# such transactions, less than a second of them, and nothing that a later one of another kind has seen.
COMMIT_SOON = SqlQuery(text("SET LOCAL synchronous_commit = off"), {}, nothing)
# After all, because the transaction writes more than leases.
COMMIT_DURABLY = SqlQuery(text("SET LOCAL synchronous_commit TO DEFAULT"), {}, nothing)
