"""Files of nothing: blank lines are passed over up to as many as a sheet has, and then refused."""

import io

import pytest

from app.dialects.tables.reading import SentFile, rows_of
from app.dialects.tables.rows import MAX_BLANK
from app.domain.errors import InvalidInputError
from app.domain.runs.batch import Format
from tests.hostile.deadline import cpu_seconds

PERSON = {
    Format.CSV: (b"first_name,last_name,domain\n", b"Jane,Smith,acme.example\n"),
    Format.NDJSON: (b"", b'{"first_name":"Jane","last_name":"Smith","domain":"acme.example"}\n'),
}


@pytest.mark.parametrize("kind", PERSON)
@pytest.mark.parametrize("blank", [b"\n", b"\r\n", b"  \n"])
def test_a1_a_file_of_blank_lines_ends(kind: Format, blank: bytes) -> None:
    head, person = PERSON[kind]
    few = rows_of(SentFile(file=io.BytesIO(head + blank * 1000 + person), format=kind))
    assert sum(row.contact is not None for row in few.each) == 1
    many = rows_of(
        SentFile(file=io.BytesIO(head + blank * (MAX_BLANK + 10) + person + blank * 10_000_000), format=kind)
    )
    with cpu_seconds(30), pytest.raises(InvalidInputError, match="blank lines; delete them"):
        list(many.each)
