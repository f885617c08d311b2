"""The drawn states are those of the code and of the database."""

import re
from collections.abc import Mapping
from enum import StrEnum

import pytest
from sqlalchemy import CheckConstraint, Table

from app.domain.runs.job import JOB_TRANSITIONS
from app.domain.runs.run import TRANSITIONS
from app.domain.webhooks.delivery import DELIVERY_TRANSITIONS
from app.store.tables.core import runs
from app.store.tables.jobs import jobs
from app.store.tables.webhooks import deliveries
from tests.architecture.tree import text_of

Transitions = Mapping[StrEnum, frozenset[StrEnum]]


def _drawn(section: str) -> set[tuple[str, str]]:
    text = text_of("docs/states.md").split(f"\n## {section}\n")[1].split("\n## ")[0]
    return set(re.findall(r"^\s+(\w+) --> (\w+)", text, re.MULTILINE))


def _allowed(table: Table) -> set[str]:
    texts = [str(c.sqltext) for c in table.constraints if isinstance(c, CheckConstraint)]
    [found] = [text for text in texts if re.match(r"(status|state) IN", text)]
    return set(re.findall(r"'(\w+)'", found))


@pytest.mark.parametrize(
    ("section", "transitions"),
    [("Run", TRANSITIONS), ("Job and batch", JOB_TRANSITIONS), ("Delivery", DELIVERY_TRANSITIONS)],
)
def test_a_drawing_has_exactly_the_transitions_of_its_table(section: str, transitions: Transitions) -> None:
    assert _drawn(section) == {(origin, to) for origin, following in transitions.items() for to in following}


@pytest.mark.parametrize(
    ("table", "transitions"),
    [(runs, TRANSITIONS), (jobs, JOB_TRANSITIONS), (deliveries, DELIVERY_TRANSITIONS)],
    ids=lambda value: value.name if isinstance(value, Table) else "",
)
def test_the_database_allows_exactly_the_states_of_the_table(table: Table, transitions: Transitions) -> None:
    assert _allowed(table) == {state.value for state in transitions}
