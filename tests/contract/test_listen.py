"""`leadrun listen` next to a `leadrun up`: events of real runs are shown, verified, passed on and tried again."""

import asyncio
import signal
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import requests
from click.testing import CliRunner
from standardwebhooks import Webhook

from app.cli.main import main
from app.domain.webhooks.delivery import read_secret, sign, write_secret
from tests.contract.listener import Listener
from tests.contract.scripts import new_key
from tests.contract.supervised import Up, bearer, get, submit
from tests.webhooks.receiver import answer, listening

SECRET, OTHER = write_secret(b"a" * 32), write_secret(b"b" * 32)
NOBODY = "http://127.0.0.1:1/hook"
BODY = b'{"type":"enrichment.completed","timestamp":"2026-11-21T12:00:00.000Z","runId":"r","status":"completed"}'


@pytest.fixture(scope="module")
def strict() -> Iterator[Listener]:
    """A listener that knows one secret; tests send to it themselves."""
    with Listener("--json", "--secret", SECRET) as listener:
        yield listener


@pytest.fixture(scope="module")
def alone() -> Iterator[Listener]:
    """A listener for people that passes on to nobody."""
    with Listener("--secret", SECRET, "--forward-to", NOBODY) as listener:
        assert [listener.line() for _ in range(3)] == [
            f"Passes on to {NOBODY}.",
            "Ctrl-C ends it.",
            "",
        ]
        yield listener


def _delivery(
    name: str = "msg_1", *, secret: str = SECRET, age: float = 0.0, body: bytes = BODY, **changed: str
) -> dict[str, str]:
    at = datetime.now(UTC) - timedelta(seconds=age)  # noqa: TID251 - the listener compares with the machine's clock
    seconds = int(at.timestamp())
    headers = {
        "webhook-id": name,
        "webhook-timestamp": str(seconds),
        "webhook-signature": sign(read_secret(secret), name, seconds, body),
    }
    return {key: value for key, value in (headers | changed).items() if value}


def _post(url: str, headers: dict[str, str], body: bytes = BODY) -> requests.Response:
    return requests.post(url, body, headers=headers, timeout=10)


def test_the_event_of_a_run_is_shown_and_verified_beside_a_leadrun_up(house: Up) -> None:
    with Listener("--json", "--data-dir", str(house.data_dir)) as listener:
        run_id = submit(house.ready, webhookUrl=listener.url)
        heard = listener.heard()
        assert (heard["event"], heard["body"]["runId"]) == ("enrichment.completed", run_id)
        assert (heard["verified"], heard["fault"], heard["status"], heard["copy"]) == (True, None, 204, 1)
        assert heard["webhookId"].startswith("msg_")
        assert 0 <= heard["ageSeconds"] < 30
        assert listener.end() == (0, "")


def test_people_read_what_was_found_and_how_long_it_took(house: Up) -> None:
    with Listener(LEADRUN_URL=house.ready["url"], LEADRUN_KEY=house.ready["testKey"]) as listener:
        assert [listener.line() for _ in range(2)] == ["Ctrl-C ends it.", ""]
        run_id = submit(house.ready, webhookUrl=listener.url)
        first, second = listener.line(), listener.line()
        assert f"enrichment.completed  runId {run_id}, completed, found, email magic.found@acme.example" in first
        assert first.endswith("s after the event")
        assert second.endswith("VALID; answered 204")
        assert listener.end(signal.SIGTERM) == (0, "")


async def test_the_answer_of_the_receiver_behind_is_relayed_and_its_failure_tried_again(house: Up) -> None:
    async with listening() as behind:
        behind.script = [answer(500, b"not now")]
        arguments = ("--json", "--data-dir", str(house.data_dir), "--forward-to", behind.url)
        with await asyncio.to_thread(Listener, *arguments) as listener:
            await asyncio.to_thread(submit, house.ready, webhookUrl=listener.url)
            first, second = [await asyncio.to_thread(listener.heard) for _ in range(2)]
        assert [(h["status"], h["copy"], h["forwarded"], h["verified"]) for h in (first, second)] == [
            (500, 1, True, True),
            (200, 2, True, True),
        ]
        assert first["webhookId"] == second["webhookId"]
        sent = behind.requests
        secret = (await asyncio.to_thread(get, house.ready, "/api/v1/webhooks/secret")).json()["secret"]
        for request in sent:  # untouched: the receiver behind verifies what was sent
            assert Webhook(secret).verify(request.body, request.headers) == first["body"]
        assert sent[0].headers["webhook-id"] == first["webhookId"]
        assert sent[0].headers["x-leadmodule-event"] == "enrichment.completed"
        assert sent[0].headers["user-agent"].startswith("leadrun/")


def test_a_failing_receiver_is_played_and_the_event_comes_again(house: Up) -> None:
    with Listener("--json", "--data-dir", str(house.data_dir), "--status", "500") as listener:
        submit(house.ready, webhookUrl=listener.url)
        heard = [listener.heard(), listener.heard()]
    assert [(h["status"], h["verified"], h["copy"]) for h in heard] == [(500, True, 1), (500, True, 2)]


def test_a_wrong_secret_is_reported(house: Up) -> None:
    with Listener("--json", "--secret", OTHER) as listener:
        submit(house.ready, webhookUrl=listener.url)
        heard = listener.heard()
    assert (heard["verified"], heard["fault"], heard["status"]) == (False, "no_match", 401)
    assert heard["reason"].endswith("it was changed, or --secret gives another secret than the sender's")


def test_secrets_that_are_made_while_it_listens_are_found(house: Up) -> None:
    key = new_key(house, "listen-secrets", "--mode", "test")
    webhooks = f"{house.ready['url']}/api/v1/webhooks"
    with Listener("--json", "--url", house.ready["url"], "--key", key) as listener:
        rotated = requests.post(f"{webhooks}/secret", headers=bearer(key), timeout=30).json()["secret"]
        assert _post(listener.url, _delivery(secret=rotated)).status_code == 204
        assert listener.heard()["verified"]
        made = requests.post(
            f"{webhooks}/endpoints", json={"url": listener.url}, headers=bearer(key), timeout=30
        ).json()
        tested = requests.post(f"{webhooks}/endpoints/{made['id']}/test", headers=bearer(key), timeout=30)
        assert tested.status_code == 202
        heard = listener.heard()
        assert (heard["event"], heard["body"]["endpointId"]) == ("webhook.ping", made["id"])
        assert heard["verified"], heard["reason"]
        assert _post(listener.url, _delivery(secret=OTHER)).status_code == 401
        assert "it was changed, or signed for another account" in listener.heard()["reason"]


@pytest.mark.parametrize(
    ("how", "body", "fault"),
    [
        pytest.param({}, BODY + b" ", "no_match", id="a changed byte"),
        pytest.param({"secret": OTHER}, BODY, "no_match", id="another secret"),
        pytest.param({"age": 400}, BODY, "too_old", id="an old timestamp"),
        pytest.param({"age": -4000}, BODY, "too_new", id="a timestamp of the future"),
        pytest.param({"webhook-signature": ""}, BODY, "header_missing", id="no signature"),
        pytest.param({"webhook-timestamp": "soon"}, BODY, "timestamp_unreadable", id="no time"),
        pytest.param({"webhook-signature": "v1a,AAAA"}, BODY, "no_signature", id="another scheme"),
    ],
)
def test_what_is_not_genuine_is_answered_401_with_the_reason(
    strict: Listener, how: dict[str, Any], body: bytes, fault: str
) -> None:
    assert _post(strict.url, _delivery(**how), body).status_code == 401
    heard = strict.heard()
    assert (heard["verified"], heard["fault"], heard["status"]) == (False, fault, 401)
    assert heard["reason"]


def test_the_same_event_is_counted_and_other_requests_are_not_events(strict: Listener) -> None:
    assert [_post(strict.url, _delivery(name)).status_code for name in ("msg_a", "msg_b", "msg_a")] == [204] * 3
    assert [strict.heard()["copy"] for _ in range(3)] == [1, 1, 2]
    refused = requests.get(strict.url, timeout=10)
    assert (refused.status_code, refused.headers["allow"]) == (405, "POST")
    assert _post(strict.url, _delivery(), b"x" * (1024 * 1024 + 1)).status_code == 413
    assert _post(strict.url, _delivery(body=b"[1]"), b"[1]").status_code == 204
    assert strict.heard()["body"] == [1]


def test_a_receiver_behind_that_is_not_there_is_a_502(alone: Listener) -> None:
    failed = _post(alone.url, _delivery())
    assert failed.status_code == 502
    assert failed.text.startswith(f"{NOBODY} cannot be reached: ")
    alone.line()
    assert f"VALID; answered 502: {NOBODY} cannot be reached" in alone.line()


def test_nobody_commands_the_terminal_through_it(alone: Listener) -> None:
    body = b'{"type":"\\u001b[2J","runId":"\\u202e","status":"a\\nb"}'
    assert _post(alone.url, {"webhook-id": "x"}, body).status_code == 502
    first, second = alone.line(), alone.line()
    assert "\ufffd[2J  runId \ufffd, a\ufffdb" in first
    assert "NOT VALID: the headers are missing: webhook-timestamp, webhook-signature; answered 502" in second


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        pytest.param(["--port", "70000"], "70000 is not in the range", id="a port"),
        pytest.param(["--status", "99"], "99 is not in the range", id="a status"),
        pytest.param(["--status", "500", "--forward-to", "http://a.example"], "exclude each other", id="two answers"),
        pytest.param(["--secret", SECRET, "--key", "lm_test_x"], "--secret excludes", id="two sources"),
        pytest.param(["--secret", "whsec_%%%"], "whsec_ followed by base64", id="no base64"),
        pytest.param(["--secret", "hunter2"], "whsec_ followed by base64", id="no secret"),
        pytest.param(["--secret", ""], "whsec_ followed by base64", id="an empty secret"),
        pytest.param(["--forward-to", "a.example"], "takes a URL such as", id="no URL"),
        pytest.param(["--forward-to", "http://[::1"], "takes a URL such as", id="half a URL"),
        pytest.param(["--url", "http://a.example"], "--url needs --key", id="no key"),
        pytest.param(["--data-dir", "nowhere"], "no `leadrun up` runs on nowhere", id="nothing runs"),
        pytest.param(["--url", "http://127.0.0.1:1", "--key", "k"], "is leadrun running?", id="nobody there"),
    ],
)
def test_bad_arguments_are_answered_with_a_sentence(arguments: list[str], complaint: str) -> None:
    done = CliRunner().invoke(main, ["listen", *arguments], env={"LEADRUN_KEY": None, "LEADRUN_URL": None})
    assert done.exit_code in {1, 2}
    assert complaint in done.stderr
    assert not done.stdout


def test_a_key_that_is_refused_and_a_port_that_is_taken_are_told(house: Up, strict: Listener) -> None:
    def complaint(*arguments: str) -> Any:
        done = CliRunner().invoke(main, ["listen", *arguments])
        assert done.exit_code == 1
        return done.stderr

    refused = complaint("--url", house.ready["url"], "--key", "lm_test_nonsense")
    assert "401 Invalid or missing API key" in refused
    port = strict.url.split(":")[2].strip("/")
    assert f"Port {port} on 127.0.0.1 is already in use" in complaint("--secret", SECRET, "--port", port)
