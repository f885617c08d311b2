"""The official libraries, in Python and JavaScript, verify what the dispatcher really sends, and nothing else (W1)."""

import base64
import json
import shutil
import subprocess
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
import standardwebhooks
import svix.webhooks

from app.domain.accounts.owner import Owner
from app.domain.webhooks.delivery import read_secret, sign, write_secret
from app.services import Services
from app.usecases.webhooks.signing_secrets import read_webhook_secrets, rotate_webhook_secret
from tests.contract.scripts import find_node
from tests.npm import node_modules
from tests.play.clock import SetClock
from tests.webhooks.conftest import Box
from tests.webhooks.receiver import Receiver, Request
from webhooks.dispatcher import Dispatcher

VERIFIED, REFUSED = "verified", "refused"
TOO_OLD = timedelta(seconds=310)
JAVASCRIPT = ("standardwebhooks@^1.1", "svix@^1.99")

# Published with the specification; what is signed here is what its libraries sign.
VECTOR_SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
VECTOR = ("msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, b'{"test": 2432232314}')
VECTOR_SIGNATURE = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


class Case(msgspec.Struct, frozen=True, kw_only=True):
    """A delivery as a receiver has it, and the secret that it verifies with."""

    secret: str
    body: bytes
    headers: dict[str, str]


Judge = Callable[[list[Case], Path], list[str]]


def _in_python(library: Any, error: type[Exception]) -> Judge:
    def judge(cases: list[Case], _: Path) -> list[str]:
        return [verdict(case) for case in cases]

    def verdict(case: Case) -> str:
        try:
            library(case.secret).verify(case.body, case.headers)
        except error:
            return REFUSED
        return VERIFIED

    return judge


def _in_javascript(library: str) -> Judge:
    def judge(cases: list[Case], folder: Path) -> list[str]:
        (folder / "node_modules").symlink_to(node_modules(*JAVASCRIPT))
        script = shutil.copy(Path(__file__).with_name("verify.mjs"), folder)
        asked = [
            {**msgspec.structs.asdict(case), "library": library, "body": base64.b64encode(case.body).decode()}
            for case in cases
        ]
        done = subprocess.run(
            [str(find_node()[0]), str(script)], input=json.dumps(asked), capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
        verdicts: list[str] = json.loads(done.stdout)
        return verdicts

    return judge


JUDGES = [
    pytest.param(
        _in_python(standardwebhooks.Webhook, standardwebhooks.WebhookVerificationError), id="standardwebhooks-python"
    ),
    pytest.param(_in_python(svix.webhooks.Webhook, svix.webhooks.WebhookVerificationError), id="svix-python"),
    pytest.param(_in_javascript("standardwebhooks"), id="standardwebhooks-javascript"),
    pytest.param(_in_javascript("svix"), id="svix-javascript"),
]


@pytest.mark.parametrize("judge", JUDGES)
async def test_w1_the_official_libraries_verify_what_is_sent_and_refuse_what_is_not(
    services: Services, box: Box, receiver: Receiver, clock: SetClock, *, judge: Judge, tmp_path: Path
) -> None:
    clock.forward(-TOO_OLD.total_seconds())
    account = await box.account()
    old = (await read_webhook_secrets(services, account)).current.secret
    new = (await rotate_webhook_secret(services, account)).current.secret
    stranger = (await read_webhook_secrets(services, await box.account())).current.secret
    stale = await _sent(services, box, receiver, account)
    clock.forward(TOO_OLD.total_seconds())
    sent = await _sent(services, box, receiver, account)
    assert len(sent.headers["webhook-signature"].split()) == 2
    changed = sent.body.replace(b"completed", b"complated")
    assert changed != sent.body
    genuine = Case(secret=new, body=sent.body, headers=_of(sent))
    cases = {
        "the new secret": (genuine, VERIFIED),
        "the old secret": (_but(genuine, secret=old), VERIFIED),
        "a changed byte": (_but(genuine, body=changed), REFUSED),
        "a byte more": (_but(genuine, body=sent.body + b"\n"), REFUSED),
        "another id": (_but(genuine, headers=_of(sent) | {"webhook-id": "msg_other"}), REFUSED),
        "an old timestamp": (_but(genuine, body=stale.body, headers=_of(stale)), REFUSED),
        "a renewed timestamp": (
            _but(genuine, headers=_of(stale) | {"webhook-timestamp": sent.headers["webhook-timestamp"]}),
            REFUSED,
        ),
        "a wrong secret": (_but(genuine, secret=stranger), REFUSED),
    }
    verdicts = judge([case for case, _ in cases.values()], tmp_path)
    assert dict(zip(cases, verdicts, strict=True)) == {name: expected for name, (_, expected) in cases.items()}


@pytest.mark.parametrize("library", [standardwebhooks.Webhook, svix.webhooks.Webhook])
def test_w1_the_published_vector_is_signed_exactly(library: Any) -> None:
    name, seconds, body = VECTOR
    assert sign(read_secret(VECTOR_SECRET), name, seconds, body) == VECTOR_SIGNATURE
    assert library(VECTOR_SECRET).sign(name, datetime.fromtimestamp(seconds, UTC), body.decode()) == VECTOR_SIGNATURE
    assert write_secret(read_secret(VECTOR_SECRET)) == VECTOR_SECRET


@pytest.mark.parametrize("judge", JUDGES)
def test_w10_convoy_shared_signature_vectors_hold_in_every_library(judge: Judge, tmp_path: Path) -> None:
    at = int(datetime.now(UTC).timestamp())  # noqa: TID251 - the libraries compare with the machine's clock
    texts = ("0", "{}", '{"name":"J\u00fcrgen \u6771\u4eac \U0001f511"}', "\n{ }\r\n", '{"a":"' + "x" * 2**16 + '"}')
    cases = [
        Case(
            secret=write_secret(bytes(range(length))),
            body=text.encode(),
            headers={
                "webhook-id": f"msg_{length}",
                "webhook-timestamp": str(at),
                "webhook-signature": sign(bytes(range(length)), f"msg_{length}", at, text.encode()),
            },
        )
        for text in texts
        for length in (24, 32, 64)
    ]
    changed = [_but(case, headers=case.headers | {"webhook-id": "msg_0"}) for case in cases]
    assert judge([*cases, *changed], tmp_path) == [VERIFIED] * len(cases) + [REFUSED] * len(changed)


async def _sent(services: Services, box: Box, receiver: Receiver, account: Owner) -> Request:
    """Owe an event, let the dispatcher send it, return what arrived."""
    [delivery] = await box.owe(receiver.url, owner=account)
    await Dispatcher(services).deliver_due()
    await box.tried(delivery, 1)
    return receiver.requests[-1]


def _of(request: Request) -> dict[str, str]:
    return {name: value for name, value in request.headers.items() if name.startswith("webhook-")}


def _but(case: Case, **changes: Any) -> Case:
    return msgspec.structs.replace(case, **changes)
