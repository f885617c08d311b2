"""Deliveries are genuine or not, and the reason is given; the official libraries judge alike."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from standardwebhooks import Webhook

from app.domain.webhooks.delivery import message_id, signatures, write_secret
from app.domain.webhooks.signature_check import SignatureFault, SignatureInvalid, SignatureValid, verify
from tests.rows import each_row

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
OLD, NEW, OTHER = (bytes([n]) * 32 for n in (1, 2, 3))
BODY = b'{"type":"enrichment.completed"}'


def _headers(*keys: bytes, at: datetime = NOW, body: bytes = BODY) -> dict[str, str]:
    name, seconds = message_id(UUID(int=7)), int(at.timestamp())
    return {
        "webhook-id": name,
        "webhook-timestamp": str(seconds),
        "webhook-signature": signatures(keys, name, seconds, body),
    }


def _fault(headers: Mapping[str, str], body: bytes = BODY, *keys: bytes) -> tuple[SignatureFault, str]:
    verdict = verify(headers, body, keys or [NEW], now=NOW)
    assert isinstance(verdict, SignatureInvalid)
    return verdict.fault, verdict.reason


@pytest.mark.parametrize(
    ("signed_with", "known", "place"),
    [
        pytest.param((NEW,), (NEW,), 0, id="one"),
        pytest.param((NEW, OLD), (OLD,), 0, id="the sender has rotated"),
        pytest.param((OLD,), (NEW, OLD), 1, id="the receiver knows more"),
        pytest.param((NEW, OLD), (OTHER, OLD, NEW), 1, id="the first that fits"),
    ],
)
def test_any_signature_with_any_secret_proves_a_delivery(
    signed_with: tuple[bytes, ...], known: tuple[bytes, ...], place: int
) -> None:
    assert verify(_headers(*signed_with), BODY, known, now=NOW) == SignatureValid(key=place)


@pytest.mark.parametrize("name", ["webhook-id", "webhook-timestamp", "webhook-signature"])
@pytest.mark.parametrize("value", [None, ""])
def test_a_missing_header_is_named(name: str, value: str | None) -> None:
    headers = {k: v for k, v in _headers(NEW).items() if k != name} | ({} if value is None else {name: value})
    assert _fault(headers) == (SignatureFault.HEADER_MISSING, f"the header is missing: {name}")


def test_all_missing_headers_are_named_at_once() -> None:
    reason = "the headers are missing: webhook-id, webhook-timestamp, webhook-signature"
    assert _fault({}) == (SignatureFault.HEADER_MISSING, reason)


@each_row("seconds", ["soon", "-1", "1e9", "1764590400.5", "٣", "9" * 40, " 1764590400"])
def test_a_timestamp_that_is_no_number_of_seconds_is_refused(seconds: str) -> None:
    assert _fault(_headers(NEW) | {"webhook-timestamp": seconds})[0] is SignatureFault.TIMESTAMP_UNREADABLE


@pytest.mark.parametrize(
    ("age", "fault"),
    [
        pytest.param(301, SignatureFault.TOO_OLD, id="old"),
        pytest.param(300, None, id="just young enough"),
        pytest.param(-300, None, id="just not too new"),
        pytest.param(-301, SignatureFault.TOO_NEW, id="of the future"),
    ],
)
def test_a_delivery_may_be_five_minutes_off(age: int, fault: SignatureFault | None) -> None:
    verdict = verify(_headers(NEW, at=NOW - timedelta(seconds=age)), BODY, [NEW], now=NOW)
    assert (verdict.fault if isinstance(verdict, SignatureInvalid) else None) is fault


def test_an_old_delivery_says_how_old_it_is() -> None:
    _, reason = _fault(_headers(NEW, at=NOW - timedelta(seconds=412)))
    assert reason == "webhook-timestamp is 412 s old, and 300 s are allowed"


@each_row(
    ("headers", "body", "fault"),
    [
        pytest.param(_headers(OTHER), BODY, SignatureFault.NO_MATCH, id="another secret"),
        pytest.param(_headers(NEW), BODY + b" ", SignatureFault.NO_MATCH, id="a byte more"),
        pytest.param(
            _headers(NEW), BODY.replace(b"completed", b"complated"), SignatureFault.NO_MATCH, id="a changed byte"
        ),
        pytest.param(_headers(NEW) | {"webhook-id": "msg_other"}, BODY, SignatureFault.NO_MATCH, id="another id"),
        pytest.param(
            _headers(NEW) | {"webhook-timestamp": str(int(NOW.timestamp()) + 1)},
            BODY,
            SignatureFault.NO_MATCH,
            id="a second",
        ),
        pytest.param(
            _headers(NEW) | {"webhook-signature": "v1,"}, BODY, SignatureFault.NO_MATCH, id="an empty signature"
        ),
        pytest.param(_headers(NEW) | {"webhook-signature": "v1,Jürgen"}, BODY, SignatureFault.NO_MATCH, id="no base64"),
        pytest.param(
            _headers(NEW) | {"webhook-signature": "v1a,AAAA"}, BODY, SignatureFault.NO_SIGNATURE, id="another scheme"
        ),
        pytest.param(
            _headers(NEW) | {"webhook-signature": "v1"}, BODY, SignatureFault.NO_SIGNATURE, id="half a signature"
        ),
    ],
)
def test_what_is_changed_or_signed_by_somebody_else_is_not_proven(
    headers: dict[str, str], body: bytes, fault: SignatureFault
) -> None:
    assert _fault(headers, body)[0] is fault


def test_without_a_secret_nothing_is_proven() -> None:
    assert isinstance(verify(_headers(NEW), BODY, [], now=NOW), SignatureInvalid)


@given(st.binary(), st.text(), st.text(max_size=20))
def test_whatever_arrives_is_judged_and_nothing_breaks(body: bytes, signature: str, name: str) -> None:
    headers = _headers(NEW) | {"webhook-signature": f"v1,{signature}", "webhook-id": name}
    assert isinstance(verify(headers, body, [NEW], now=NOW), SignatureInvalid)


def test_what_the_official_library_signs_is_genuine() -> None:
    signed = Webhook(write_secret(NEW)).sign("msg_1", NOW, BODY.decode())
    headers = {"webhook-id": "msg_1", "webhook-timestamp": str(int(NOW.timestamp())), "webhook-signature": signed}
    assert verify(headers, BODY, [NEW], now=NOW) == SignatureValid(key=0)
