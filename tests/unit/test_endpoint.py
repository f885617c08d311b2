"""Webhook endpoints: the events they want, and the custom headers that they may have (RFC 9110)."""

from datetime import UTC, datetime
from uuid import UUID

import pytest

from app.domain.accounts.owner import Owner
from app.domain.vocabulary import Mode
from app.domain.webhooks.delivery import Event
from app.domain.webhooks.endpoint import (
    BY_DEFAULT,
    MAX_HEADER_NAME,
    MAX_HEADER_VALUE,
    SUBSCRIBABLE,
    Endpoint,
    duplicate_names,
    header_problem,
)
from tests.rows import each_row

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


def _endpoint(*events: str) -> Endpoint:
    return Endpoint(
        id=UUID(int=1),
        account_id=UUID(int=2),
        mode=Mode.LIVE,
        url="https://hooks.example/",
        events=events,
        description="",
        enabled=True,
        encrypted_headers=None,
        disabled_reason=None,
        disabled_at=None,
        failing_since=None,
        created_at=NOW,
        updated_at=NOW,
    )


def test_an_endpoint_gets_the_events_of_its_account_in_its_mode() -> None:
    assert _endpoint().owner == Owner(UUID(int=2), Mode.LIVE)


def test_an_endpoint_without_events_wants_each_run_job_and_batch_once_and_no_alarms() -> None:
    wanted = {event for event in Event if _endpoint().wants(event.value)}
    assert wanted == BY_DEFAULT == set(Event) - {Event.CONTACT, Event.PING, Event.DISABLED}


def test_an_endpoint_with_events_wants_these_alone() -> None:
    assert {event for event in Event if _endpoint(Event.CONTACT.value).wants(event.value)} == {Event.CONTACT}


def test_a_ping_cannot_be_subscribed_to() -> None:
    assert set(SUBSCRIBABLE) == set(Event) - {Event.PING}


@pytest.mark.parametrize("value", ["x", "Bearer abc", "a\tb", "x" * MAX_HEADER_VALUE])
def test_a_header_of_printable_ascii_may_be_sent(value: str) -> None:
    assert header_problem("X-Token", value) is None


@each_row(
    ("name", "value", "problem"),
    [
        pytest.param("", "x", "is not the name of a header", id="empty-name"),
        pytest.param("x y", "x", "is not the name of a header", id="blank-in-the-name"),
        pytest.param("x" * (MAX_HEADER_NAME + 1), "x", "is not the name of a header", id="long-name"),
        pytest.param("Content-Type", "x", "deliveries set themselves", id="a-family-of-ours"),
        pytest.param("HOST", "x", "deliveries set themselves", id="a-header-of-the-connection"),
        pytest.param("x-a", 7, "must be a string", id="number"),
        pytest.param("x-a", "", "printable ASCII", id="empty-value"),
        pytest.param("x-a", " x", "printable ASCII", id="blank-at-the-start"),
        pytest.param("x-a", "a\r\nb: c", "printable ASCII", id="line-break"),
        pytest.param("x-a", "é", "printable ASCII", id="not-ascii"),
        pytest.param("x-a", "x" * (MAX_HEADER_VALUE + 1), "printable ASCII", id="long-value"),
    ],
)
def test_a_header_that_may_not_be_sent_is_explained(name: str, value: object, problem: str) -> None:
    assert problem in (header_problem(name, value) or "")


def test_names_that_differ_by_case_alone_are_listed() -> None:
    assert duplicate_names(["X-A", "x-b", "x-a", "X-B", "x-c"]) == ["x-a", "X-B"]
