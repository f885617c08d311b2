"""Options of a batch may stand in its query and in its body: the body has the last word, and both must be right."""

from typing import Any

import pytest

from app.api.batches.options import ReadOptions, read_options
from tests.rows import each_row


def _read(query: dict[str, Any], body: dict[str, Any]) -> tuple[ReadOptions, list[str]]:
    said, problems = read_options(query, body)
    return said, [problem.field.partition("[")[0] for problem in problems]


@each_row(
    ("query", "body", "refresh"),
    [
        pytest.param({"force_refresh": True}, {}, True, id="query alone"),
        pytest.param({}, {"forceRefresh": True}, True, id="body alone"),
        pytest.param({"force_refresh": True}, {"force_refresh": False}, False, id="the body has the last word"),
        pytest.param({"forceRefresh": True}, {"force_refresh": False}, False, id="in either dialect"),
        pytest.param({"force_refresh": True}, {"force_refresh": None}, True, id="null says nothing"),
    ],
)
def test_the_body_has_the_last_word(query: dict[str, Any], body: dict[str, Any], *, refresh: bool) -> None:
    said, problems = _read(query, body)
    assert (said.options.force_refresh, problems) == (refresh, [])


@each_row(
    ("name", "wrong", "right"),
    [
        pytest.param("force_refresh", "null", False, id="force_refresh"),
        pytest.param("strict", "maybe", True, id="strict"),
        pytest.param("max_cost_usd", "much", 1.0, id="max_cost_usd"),
        pytest.param("fields", ["fax"], ["email"], id="fields"),
        pytest.param("enrichment_type", "fax", "email", id="enrichment_type"),
        pytest.param("providers", ["nobody"], ["hunter"], id="providers"),
    ],
)
def test_what_the_body_overrules_must_be_right_all_the_same(name: str, wrong: object, right: object) -> None:
    assert _read({name: right}, {name: right})[1] == []
    assert _read({name: wrong}, {name: right})[1] == [name]
    assert _read({name: wrong}, {name: None})[1] == [name]
    assert _read({name: right}, {name: wrong})[1] == [name]
