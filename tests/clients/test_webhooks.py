"""`webhooks.unwrap` against the official library's signatures and a real event of the service."""

import base64
import hashlib
import hmac
import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from standardwebhooks import Webhook

from leadrun import errors, webhooks
from tests.clients.specification import SCHEMAS, SPECIFICATION
from tests.clients.test_models import MODELS

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
# The one event without an example.
DISABLED = {
    "type": "endpoint.disabled",
    "timestamp": "2026-11-17T20:26:40Z",
    "endpointId": "019a0000-0000-7000-8000-000000000001",
    "url": "https://hooks.acme.example",
    "description": "",
    "disabledAt": "2026-11-17T20:26:40Z",
    "disabledReason": "410",
    "failingSince": None,
}


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


def test_a_secret_that_is_not_set_believes_nobody() -> None:
    """Its signature would be that of an empty key, which anybody can make."""
    signed_by_nobody = base64.b64encode(hmac.new(b"", f"msg_1.{NOW}.{BODY}".encode(), hashlib.sha256).digest())
    headers = signed(BODY) | {"Webhook-Signature": f"v1,{signed_by_nobody.decode()}"}
    for secret in ("", " ", "whsec_", "whsec_é", ["", OTHER]):
        with pytest.raises(errors.WebhookSignatureError):
            webhooks.unwrap(BODY, headers, secret, now=NOW)


@pytest.mark.parametrize("name", SPECIFICATION["webhooks"])
def test_every_event_of_the_specification_has_a_type(name: str) -> None:
    published = SPECIFICATION["webhooks"][name]["post"]["requestBody"]["content"]["application/json"]
    schema = published["schema"]["$ref"].rsplit("/", 1)[1]
    [example] = [one["value"] for one in published.get("examples", {}).values()] or [DISABLED]
    for kind in SCHEMAS[schema]["properties"]["type"]["enum"]:
        body = json.dumps(example | {"type": kind})
        event = webhooks.unwrap(body, signed(body), SECRET, now=NOW)
        told = [one for one in (event.run, event.batch, event.job, event.contact, event.endpoint) if one is not None]
        assert [type(one) for one in told] == [MODELS[schema]]
        assert told[0].raw == event.raw == json.loads(body)


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
