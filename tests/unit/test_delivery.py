"""The schedule, the signature and the bytes of deliveries."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from standardwebhooks import Webhook as StandardWebhook
from standardwebhooks.webhooks import WebhookVerificationError
from svix.webhooks import Webhook as SvixWebhook
from svix.webhooks import WebhookVerificationError as SvixVerificationError

from app.domain.vocabulary import RunStatus
from app.domain.webhooks.delivery import (
    Delivered,
    Event,
    GaveUp,
    RetryAt,
    decide,
    event_body,
    event_for,
    host_of,
    message_id,
    parse_retry_after,
    read_secret,
    sign,
    signatures,
    write_secret,
)
from tests.examples import examples
from tests.rows import each_row

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
SCHEDULE = (10.0, 60.0, 360.0)


def _decide(tries: int, status: int | None, wait: float | None = None, jitter: float = 0.0) -> object:
    return decide(SCHEDULE, tries, status, retry_after=wait, now=NOW, jitter=jitter)


def _in(seconds: float) -> RetryAt:
    return RetryAt(at=NOW + timedelta(seconds=seconds))


@each_row(
    ("decided", "expected"),
    [
        pytest.param(_decide(1, 200), Delivered(), id="200"),
        pytest.param(_decide(4, 299), Delivered(), id="any-2xx-even-at-the-last-try"),
        pytest.param(_decide(1, 199), _in(10), id="1xx-is-no-success"),
        pytest.param(_decide(1, 302), _in(10), id="3xx-is-no-success"),
        pytest.param(_decide(1, 404), _in(10), id="404"),
        pytest.param(_decide(2, 500), _in(60), id="second-delay"),
        pytest.param(_decide(3, None), _in(360), id="third-delay-no-answer"),
        pytest.param(_decide(1, 500, jitter=0.2), _in(12), id="jitter-adds"),
        pytest.param(_decide(1, 500, jitter=-1), _in(10), id="jitter-never-subtracts"),
        pytest.param(_decide(1, 429, 30), _in(30), id="429-waits"),
        pytest.param(_decide(1, 503, 30), _in(30), id="503-waits"),
        pytest.param(_decide(1, 500, 30), _in(10), id="500-has-no-say"),
        pytest.param(_decide(2, 429, 30), _in(60), id="schedule-is-the-least"),
        pytest.param(_decide(1, 429, 7200), _in(3600), id="an-hour-is-the-most"),
    ],
)
def test_what_follows_a_try(decided: object, expected: object) -> None:
    assert decided == expected


@pytest.mark.parametrize(("tries", "status", "wait"), [(1, 410, None), (4, 500, None), (4, 429, 60.0), (5, None, None)])
def test_a_delivery_is_given_up(tries: int, status: int | None, wait: float | None) -> None:
    assert isinstance(_decide(tries, status, wait), GaveUp)


def test_a_try_by_hand_is_followed_by_no_other() -> None:
    assert isinstance(decide((10.0,), 1, 500, retry_after=None, now=NOW, jitter=0, once=True), GaveUp)


def test_without_a_schedule_there_is_one_try() -> None:
    assert isinstance(decide((), 1, 500, retry_after=None, now=NOW, jitter=0), GaveUp)


@given(
    tries=st.integers(1, 3),
    status=st.one_of(st.none(), st.integers(300, 599).filter(lambda s: s != 410)),
    wait=st.one_of(st.none(), st.floats(0, 1e12)),
    jitter=st.floats(0, 1),
)
@examples(512)
def test_w10_hook0_retry_after_only_ever_delays(
    tries: int, status: int | None, wait: float | None, jitter: float
) -> None:
    decision = decide(SCHEDULE, tries, status, retry_after=wait, now=NOW, jitter=jitter)
    assert isinstance(decision, RetryAt)
    planned = SCHEDULE[tries - 1]
    assert planned <= (decision.at - NOW).total_seconds() <= max(planned * 2, 3600)


@each_row(
    ("header", "seconds"),
    [
        pytest.param("120", 120.0, id="seconds"),
        pytest.param(" 0 ", 0.0, id="zero"),
        pytest.param("120.6", 120.6, id="fraction"),
        pytest.param("Sat, 21 Nov 2026 12:02:00 GMT", 120.0, id="date"),
        pytest.param("Saturday, 21-Nov-26 12:02:00 GMT", 120.0, id="rfc-850-date"),
        pytest.param("Sat Nov 21 12:02:00 2026", 120.0, id="asctime-date"),
        pytest.param("Fri, 20 Nov 2026 12:00:00 GMT", 0.0, id="past-date"),
        pytest.param("Sat, 21 Nov 2026 12:02:00 -0000", 120.0, id="date-without-a-zone"),
        pytest.param("Sat, 21 Nov 2026 12:02:00 +9900", None, id="impossible-zone"),
        pytest.param("soon", None, id="word"),
        pytest.param("-5", None, id="negative"),
        pytest.param("", None, id="empty"),
        pytest.param("1e3", None, id="exponent"),
        pytest.param("inf", None, id="infinite"),
        pytest.param("٣", None, id="digits-of-another-script"),
        pytest.param("9" * 40, None, id="absurd"),
        pytest.param("Sat, 99 Nov 2026 12:02:00 GMT", None, id="impossible-date"),
    ],
)
def test_retry_after_is_seconds_or_a_date(header: str, seconds: float | None) -> None:
    assert parse_retry_after(header, NOW) == seconds


@given(st.text())
def test_no_retry_after_header_breaks_the_reading(header: str) -> None:
    waited = parse_retry_after(header, NOW)
    assert waited is None or waited >= 0


def test_w1_the_published_test_vector_of_standard_webhooks() -> None:
    key = read_secret("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    signed = sign(key, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, b'{"test": 2432232314}')
    assert signed == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


OLD, NEW, OTHER = (bytes([n]) * 32 for n in (1, 2, 3))
BODY = b'{"type":"enrichment.completed","result":{"email":"jane@example.com"}}'


def _headers(keys: tuple[bytes, ...], *, at: datetime) -> dict[str, str]:
    name, seconds = message_id(UUID(int=7)), int(at.timestamp())
    return {
        "webhook-id": name,
        "webhook-timestamp": str(seconds),
        "webhook-signature": signatures(keys, name, seconds, BODY),
    }


@pytest.mark.parametrize("library", [StandardWebhook, SvixWebhook])
@pytest.mark.parametrize("mine", [OLD, NEW], ids=["old-secret", "new-secret"])
def test_official_libraries_accept_both_secrets_of_a_rotation(library: type, mine: bytes) -> None:
    headers = _headers((NEW, OLD), at=datetime.now(UTC))  # noqa: TID251 - the official libraries compare with the real time
    library(write_secret(mine)).verify(BODY, headers)  # raises unless one of the signatures is right


@pytest.mark.parametrize(
    ("library", "error"), [(StandardWebhook, WebhookVerificationError), (SvixWebhook, SvixVerificationError)]
)
@pytest.mark.parametrize(
    ("body", "secret", "age"),
    [
        pytest.param(BODY.replace(b"jane", b"jana"), NEW, 0, id="changed-byte"),
        pytest.param(BODY, NEW, 301, id="old-timestamp"),
        pytest.param(BODY, OTHER, 0, id="wrong-secret"),
    ],
)
def test_official_libraries_refuse_what_is_not_ours(
    library: type, error: type[Exception], body: bytes, secret: bytes, age: int
) -> None:
    headers = _headers((NEW, OLD), at=datetime.now(UTC) - timedelta(seconds=age))  # noqa: TID251 - as above
    with pytest.raises(error):
        library(write_secret(secret)).verify(body, headers)


def test_a_secret_reads_back() -> None:
    assert read_secret(write_secret(OLD)) == OLD
    with pytest.raises(ValueError, match="base64"):
        read_secret("whsec_not base64!")


def test_the_id_of_a_message_has_no_dots() -> None:
    assert message_id(UUID(int=255)) == "msg_" + "0" * 30 + "ff"


def test_the_body_is_the_run_with_type_and_timestamp() -> None:
    body = event_body(Event.COMPLETED, NOW, {"runId": "r", "metadata": {"who": "Jürgen"}})
    assert body.decode() == (
        '{"type":"enrichment.completed","timestamp":"2026-11-21T12:00:00.000Z","runId":"r","metadata":{"who":"Jürgen"}}'
    )


def test_only_a_terminal_status_makes_an_event() -> None:
    assert event_for(RunStatus.COMPLETED) is Event.COMPLETED
    assert event_for(RunStatus.FAILED) is Event.FAILED
    assert event_for(RunStatus.CANCELLED) is Event.CANCELLED
    for status in (RunStatus.PENDING, RunStatus.PROCESSING):
        with pytest.raises(ValueError, match="no event yet"):
            event_for(status)


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("https://Hooks.Example.com/a?b", "hooks.example.com"),
        ("http://127.0.0.1:8081", "127.0.0.1:8081"),
        ("https://[::1]:9/x", "[::1]:9"),
        ("https://example.com?x=//y", "example.com"),
    ],
)
def test_turns_are_taken_by_host_and_port(url: str, host: str) -> None:
    assert host_of(url) == host
