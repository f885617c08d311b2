"""Equal headings are numbered in linear time: a file may have hundreds of thousands before it is refused."""

import io

import pytest

from app.dialects.tables.reading import SentFile, headings_of
from app.domain.columns.choice import distinct
from app.domain.runs.batch import MAX_COLUMNS, Format
from tests.hostile.deadline import cpu_seconds


@pytest.mark.parametrize(
    "names", [["a"] * 100_000, [f"a_{n}" for n in range(50_000)] + ["a"] * 50_000], ids=["equal", "numbered already"]
)
def test_a7_many_equal_names_take_linear_time(names: list[str]) -> None:
    with cpu_seconds(2.0):
        assert len(set(distinct(names))) == len(names)


def test_a7_no_more_headings_are_listed_than_a_file_may_have() -> None:
    file = io.BytesIO(b",".join([b"note"] * 200_000) + b"\nx\n")
    with cpu_seconds(4.0):
        assert len(headings_of(SentFile(file=file, format=Format.CSV))) == MAX_COLUMNS
