"""Uploads for the fuzzer: JSON Schema describes a text as a whole, and not the rows in it."""

import csv
import io
import json

import schemathesis
from hypothesis import strategies as st

Cells = tuple[str, str, str]
Table = tuple[Cells, list[Cells]]

HEADERS = (("first_name", "last_name", "domain"), ("firstName", "lastName", "companyDomain"))
NAMES = st.text(st.characters(codec="utf-8", categories=["L"]), min_size=1, max_size=30)
ROWS = st.tuples(
    NAMES, NAMES, st.sampled_from(["acme.example", "https://www.globex.example/x", "jane@initech.example"])
)
TABLES = st.tuples(st.sampled_from(HEADERS), st.lists(ROWS, min_size=1, max_size=5))


def write_csv(table: Table) -> bytes:
    """Write a table as CSV."""
    text = io.StringIO()
    csv.writer(text).writerows([table[0], *table[1]])
    return text.getvalue().encode()


def write_ndjson(table: Table) -> bytes:
    """Write a table as one JSON object a line."""
    return b"".join(json.dumps(dict(zip(table[0], row, strict=True))).encode() + b"\n" for row in table[1])


schemathesis.openapi.media_type("text/csv", TABLES.map(write_csv))
schemathesis.openapi.media_type("application/x-ndjson", TABLES.map(write_ndjson), aliases=["application/jsonl"])
