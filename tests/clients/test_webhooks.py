"""`webhooks.unwrap` against the official library's signatures and a real event of the service."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from standardwebhooks import Webhook

from leadrun import errors, webhooks

SECRET, OTHER = "whsec_bGVhZHJ1bi1zZWNyZXQtb2YtdGVzdHMtMDE=", "whsec_b3RoZXItc2VjcmV0LW9mLXRoZS10ZXN0cy0wMg=="
NOW = 1_795_000_000
EVENT = {
    "type": "enrichment.completed",
    "timestamp": "2026-11-17T20:26:40Z",
    "runId": "019a0000-0000-7000-8000-000000000000",
    "status": "completed",
    "resultStatus": "found",
    "result": {"email": "jane.smith@acme.example", "confidence": 97},
}
BODY = json.dumps(EVENT)


def signed(body: str, secret: str = SECRET, at: int = NOW) -> dict[str, str]:
    """Sign as the official library does."""
    moment = datetime.fromtimestamp(at, UTC)
    return {
        "Webhook-Id": "msg_1",
        "Webhook-Timestamp": str(at),
        "Webhook-Signature": Webhook(secret).sign("msg_1", moment, body),
    }


@pytest.mark.parametrize(
    ("body", "headers", "secret"),
    [
        pytest.param(BODY, signed(BODY), SECRET, id="text"),
        pytest.param(BODY.encode(), signed(BODY), SECRET, id="bytes"),
        pytest.param(BODY, signed(BODY), [OTHER, SECRET], id="one of two secrets"),
        pytest.param(BODY, signed(BODY), f" {SECRET}\n", id="a secret with blanks"),
        pytest.param(BODY, signed(BODY), SECRET.removeprefix("whsec_"), id="a secret without its prefix"),
        pytest.param(BODY, signed(BODY, at=NOW - 299), SECRET, id="nearly too old"),
        pytest.param(BODY, signed(BODY, at=NOW + 299), SECRET, id="nearly too new"),
        pytest.param(
            BODY,
            signed(BODY) | {"Webhook-Signature": f"v1,AAAA v1a,x {signed(BODY)['Webhook-Signature']}"},
            SECRET,
            id="one of several signatures",
        ),
    ],
)
def test_what_is_genuine_is_read(body: str | bytes, headers: dict[str, str], secret: Any) -> None:
    event = webhooks.unwrap(body, headers, secret, now=NOW)
    assert (event.type, event.id) == ("enrichment.completed", "msg_1")
    assert event.run
    assert (event.run.email, event.run.found) == ("jane.smith@acme.example", True)


@pytest.mark.parametrize(
    ("body", "headers", "secret"),
    [
        pytest.param(BODY + " ", signed(BODY), SECRET, id="another body"),
        pytest.param(BODY, signed(BODY), OTHER, id="another secret"),
        pytest.param(BODY, signed(BODY), [], id="no secret"),
        pytest.param(BODY, signed(BODY), "whsec_not base64", id="no base64"),
        pytest.param(BODY, signed(BODY, at=NOW - 301), SECRET, id="too old"),
        pytest.param(BODY, signed(BODY, at=NOW + 301), SECRET, id="too new"),
        pytest.param(BODY, signed(BODY) | {"Webhook-Id": "msg_2"}, SECRET, id="another id"),
        pytest.param(BODY, signed(BODY) | {"Webhook-Id": ""}, SECRET, id="no id"),
        pytest.param(BODY, signed(BODY) | {"Webhook-Timestamp": "soon"}, SECRET, id="no time"),
        pytest.param(BODY, signed(BODY) | {"Webhook-Timestamp": "²"}, SECRET, id="an odd digit"),
        pytest.param(BODY, signed(BODY) | {"Webhook-Timestamp": "9" * 30}, SECRET, id="a time far away"),
        pytest.param(BODY, signed(BODY) | {"Webhook-Signature": ""}, SECRET, id="no signature"),
        pytest.param(BODY, signed(BODY) | {"Webhook-Signature": "v1,é"}, SECRET, id="not ASCII"),
        pytest.param(BODY, {}, SECRET, id="no headers"),
        pytest.param("[]", signed("[]"), SECRET, id="genuine, but no event"),
        pytest.param("{", signed("{"), SECRET, id="genuine, but no JSON"),
    ],
)
def test_what_is_not_genuine_is_refused(body: str | bytes, headers: dict[str, str], secret: Any) -> None:
    with pytest.raises(errors.WebhookSignatureError):
        webhooks.unwrap(body, headers, secret, now=NOW)


@given(st.dictionaries(st.text(), st.text() | st.integers() | st.none(), max_size=4), st.text(max_size=30))
def test_any_event_is_read_and_none_without_its_signature(members: dict[str, Any], kind: str) -> None:
    body = json.dumps(members | {"type": kind})
    event = webhooks.unwrap(body, signed(body), SECRET, now=NOW)
    assert event.raw == members | {"type": kind}
    with pytest.raises(errors.WebhookSignatureError):
        webhooks.unwrap(body, signed(body, OTHER), SECRET, now=NOW)


def test_a_batch_is_read() -> None:
    body = json.dumps({"type": "batch.completed", "id": "b", "status": "completed", "total": 3, "emails_found": 2})
    event = webhooks.unwrap(body, signed(body), SECRET, now=NOW)
    assert event.batch
    assert (event.batch.total, event.batch.emails_found, event.run) == (3, 2, None)
