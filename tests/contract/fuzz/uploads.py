"""Teaches the fuzzer to write the rows of an upload as text, and to read back what became of them."""

import csv
import io
import json
from typing import Any

import schemathesis

CSV, NDJSON, JSONL = "text/csv", "application/x-ndjson", "application/jsonl"
MEDIA = frozenset({CSV, NDJSON, JSONL})
OTHERS = frozenset({"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "multipart/form-data"})


@schemathesis.hook
def before_load_schema(_context: schemathesis.HookContext, raw_schema: dict[str, Any]) -> None:
    """Let rows be made instead of texts: the fuzzer passes over `contentSchema`, which says what a text holds."""
    for methods in raw_schema["paths"].values():
        for operation in methods.values():
            content = operation.get("requestBody", {"content": {}})["content"]
            for media, body in list(content.items()):
                if media in MEDIA:
                    body["schema"] = body["schema"]["contentSchema"]
                elif media in OTHERS:
                    # Of these the tests of files know more than a fuzzer.
                    del content[media]


@schemathesis.serializer(NDJSON, JSONL)
def write_ndjson(_context: schemathesis.SerializationContext, value: object) -> bytes:
    """Write rows as JSON a line; what is no list of rows is a line by itself, and a text is written as it is."""
    if isinstance(value, str):
        return value.encode()
    return b"".join(json.dumps(row).encode() + b"\n" for row in (value if isinstance(value, list) else [value]))


@schemathesis.serializer(CSV)
def write_csv(_context: schemathesis.SerializationContext, value: object) -> bytes:
    """Write rows as a table whose columns are the members of all of them; what is no such list goes as its text."""
    if not isinstance(value, list) or not all(isinstance(row, dict) for row in value):
        return (value if isinstance(value, str) else json.dumps(value)).encode()
    text = io.StringIO()
    table = csv.DictWriter(text, list(dict.fromkeys(name for row in value for name in row)))
    table.writeheader()
    table.writerows({name: _cell(member) for name, member in row.items()} for row in value)
    return text.getvalue().encode()


def _cell(member: object) -> str:
    if member is None:
        return ""
    return member if isinstance(member, str) else json.dumps(member)


def read_back(media: str, body: bytes) -> list[Any]:
    """Read what was written: as text, some values of wrong types are right ones.

    Raises:
        ValueError: It cannot be read.
        csv.Error: It cannot be read.
    """
    text = body.decode()
    if media == CSV:
        return list(csv.DictReader(io.StringIO(text, newline=""), strict=True))
    return [json.loads(line) for line in text.split("\n") if line.strip()]
