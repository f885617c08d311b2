"""Endpoints and deliveries as their bodies are written."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import msgspec
import pytest

from app.dialects.webhooks.response import delivery_body, delivery_detail_body, endpoint_body
from app.domain.vocabulary import Mode
from app.domain.webhooks.delivery import DeliveryState
from app.domain.webhooks.delivery_log import DeliveryAttemptView, DeliveryView
from app.domain.webhooks.endpoint import Endpoint

CREATED = datetime(2026, 11, 21, 21, 20, 27, 151000, UTC)
ENDPOINT = Endpoint(
    id=UUID(int=3),
    account_id=UUID(int=1),
    mode=Mode.LIVE,
    url="https://hooks.example/in",
    events=("enrichment.failed",),
    description="sales",
    enabled=True,
    encrypted_headers=b"secret",
    disabled_reason=None,
    disabled_at=None,
    failing_since=None,
    created_at=CREATED,
    updated_at=CREATED + timedelta(seconds=1),
    rate_limit=5,
)
PENDING = DeliveryView(
    id=UUID(int=7),
    account_id=UUID(int=1),
    mode=Mode.LIVE,
    run_id=UUID(int=2),
    job_id=None,
    endpoint_id=UUID(int=3),
    event="enrichment.completed",
    url="https://hooks.example/in",
    state=DeliveryState.PENDING,
    reason=None,
    attempts=1,
    due_at=CREATED + timedelta(seconds=5),
    created_at=CREATED,
    ended_at=None,
    expunged_at=None,
)
FAILED = msgspec.structs.replace(
    PENDING,
    state=DeliveryState.FAILED,
    reason="10 attempts failed",
    due_at=None,
    ended_at=CREATED + timedelta(hours=1),
    expunged_at=CREATED + timedelta(days=1),
)
HEAD = (
    '{"id":"00000000-0000-0000-0000-000000000007","mode":"live","webhookId":"msg_00000000000000000000000000000007",'
    '"event":"enrichment.completed","runId":"00000000-0000-0000-0000-000000000002","jobId":null,'
    '"endpointId":"00000000-0000-0000-0000-000000000003","url":"https://hooks.example/in","state":'
)


def written(body: msgspec.Struct) -> str:
    """Write a body as it is sent."""
    return msgspec.json.encode(body).decode()


@pytest.mark.parametrize(
    ("delivery", "rest"),
    [
        pytest.param(
            PENDING,
            '"pending","reason":null,"tryCount":1,"nextTryAt":"2026-11-21T21:20:32.151Z",'
            '"createdAt":"2026-11-21T21:20:27.151Z","endedAt":null,"payloadDeletedAt":null',
            id="pending",
        ),
        pytest.param(
            FAILED,
            '"failed","reason":"10 attempts failed","tryCount":1,"nextTryAt":null,'
            '"createdAt":"2026-11-21T21:20:27.151Z","endedAt":"2026-11-21T22:20:27.151Z",'
            '"payloadDeletedAt":"2026-11-22T21:20:27.151Z"',
            id="failed",
        ),
    ],
)
def test_a_delivery_is_written_and_its_attempts_follow(delivery: DeliveryView, rest: str) -> None:
    attempt = DeliveryAttemptView(
        number=1, started_at=CREATED, latency_ms=12, http_status=503, error="it answered 503", answer="busy"
    )
    tries = (
        '[{"number":1,"startedAt":"2026-11-21T21:20:27.151Z","latencyMs":12,"httpStatus":503,'
        '"error":"it answered 503","answer":"busy"}]'
    )
    assert written(delivery_body(delivery)) == f"{HEAD}{rest}}}"
    assert written(delivery_detail_body(delivery, [attempt])) == f'{HEAD}{rest},"tries":{tries}}}'
    assert written(delivery_detail_body(delivery, [])) == f'{HEAD}{rest},"tries":[]}}'


def test_an_endpoint_is_written_with_the_names_of_its_headers_but_not_their_values() -> None:
    head = (
        '{"id":"00000000-0000-0000-0000-000000000003","mode":"live","keyId":null,"url":"https://hooks.example/in",'
        '"events":["enrichment.failed"],"description":"sales","enabled":true,"headerNames":["X-Tenant"],'
        '"rateLimit":5,"disabledAt":null,"disabledReason":null,"failingSince":null,'
        '"createdAt":"2026-11-21T21:20:27.151Z","updatedAt":"2026-11-21T21:20:28.151Z"'
    )
    assert written(endpoint_body(ENDPOINT, ["X-Tenant"])) == head + "}"
    assert written(endpoint_body(ENDPOINT, ["X-Tenant"], warnings=["watch out"], replayed=0)) == (
        head + ',"warnings":["watch out"],"replayed":0}'
    )
