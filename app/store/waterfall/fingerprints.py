"""Give what is stored of contacts the fingerprints of today's rules, so that an upgrade charges nobody again."""

from collections.abc import Iterator
from typing import Any

import msgspec
from sqlalchemy import Connection, TextClause, text

from app.domain.contacts.contact import Contact, RawContact, normalise
from app.domain.contacts.fingerprint import fingerprint

_PORTION = 5_000
# The newest first: of two that are one contact by today's rules, the first one stays.
_CACHED = text("""
SELECT e.account_id, e.mode, e.type, e.fingerprint, coalesce(r.contact, c.contact) AS contact
FROM cache_entries e JOIN runs r ON r.id = e.run_id LEFT JOIN cascades c ON c.id = r.cascade_id
WHERE coalesce(r.contact, c.contact) IS NOT NULL ORDER BY e.ended_at DESC
""")
# A copy: processes of the version before find theirs until it expires.
_COPY = text("""
INSERT INTO cache_entries (account_id, mode, fingerprint, type, run_id, result, degraded, asked_before, paid, ended_at)
SELECT account_id, mode, :new, type, run_id, result, degraded, asked_before, paid, ended_at FROM cache_entries
WHERE account_id = :account_id AND mode = :mode AND fingerprint = :fingerprint AND type = :type
ON CONFLICT DO NOTHING
""")
_LOOKED_UP = text("""
SELECT id, fingerprint, contact FROM cascades
WHERE open OR id IN (SELECT cascade_id FROM attempts WHERE late_result_due_at IS NOT NULL) ORDER BY id
""")
# Of two in flight that are one contact by now the second stays as it is: it has been charged, and ends by itself.
_RENEW = text("""
UPDATE cascades c SET fingerprint = :new WHERE id = :id AND NOT EXISTS (SELECT FROM cascades o WHERE c.open AND o.open
  AND (o.account_id, o.mode, o.type) = (c.account_id, c.mode, c.type) AND o.fingerprint = :new)
""")
_REPORTED = text("""
SELECT f.run_id, f.fingerprint, r.contact FROM feedback f JOIN runs r ON r.id = f.run_id WHERE r.contact IS NOT NULL
""")
_REPORT = text("UPDATE feedback SET fingerprint = :new WHERE run_id = :run_id")


def renew_fingerprints(connection: Connection) -> None:
    """Renew the fingerprints of cached answers, of look-ups under way and of values reported as wrong.

    For migrations: each version of the rules needs one that calls it. Contacts are read again as if they were submitted
    today. What has lost its contact keeps its fingerprint, and answers no duplicate.
    """
    for found, change in ((_CACHED, _COPY), (_LOOKED_UP, _RENEW), (_REPORTED, _REPORT)):
        for changed in _changed(connection, found):
            connection.execute(change, changed)


def _changed(connection: Connection, found: TextClause) -> Iterator[list[dict[str, Any]]]:
    rows = connection.execute(found.execution_options(yield_per=_PORTION))
    for portion in rows.mappings().partitions():
        renewed = [{**row, "new": _renewed(row["contact"])} for row in portion]
        changed = [row for row in renewed if row["new"] != bytes(row["fingerprint"])]
        if changed:
            yield [{name: value for name, value in row.items() if name != "contact"} for row in changed]


def _renewed(stored: dict[str, Any]) -> bytes:
    before = msgspec.convert(stored, Contact)
    if before.email:
        return fingerprint(before)
    raw = RawContact(**{name: getattr(before, name) for name in RawContact.__struct_fields__})
    contact, _, problems = normalise(raw, {})
    if problems:
        return fingerprint(before)
    return fingerprint(msgspec.structs.replace(contact, generation=contact.generation or before.generation))
