"""`leadrun listen`: a receiver for development that shows each event and verifies its signature."""

import asyncio
import sys
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import Any

import click
import httpx
import msgspec
import uvicorn

from app.cli.loading import data_dir, end, installation_options, load
from app.cli.output import fail, json_option
from app.cli.receiver import FORWARD_SECONDS, DevelopmentReceiver, ReceivedDelivery, SigningKeys
from app.domain.problems import visible
from app.domain.webhooks.delivery import SECRET_PREFIX, read_secret
from app.embedded.credentials import kept_keys
from app.embedded.data_dir_lock import running_on
from app.serving import ListenError, OrderlyServer, listen
from app.settings.reading import LoadedSettings
from app.settings.settings import SettingsError
from app.settings.urls import http_url

HOST, PORT = "127.0.0.1", 8765
URL = "http://127.0.0.1:8000"
MAX_WORDS = 300
_SECRET, _ENDPOINTS = "/api/v1/webhooks/secret", "/api/v1/webhooks/endpoints"
Keys = Callable[[httpx.AsyncClient], Awaitable[SigningKeys]]


class NoSecretError(RuntimeError):
    """There is no secret to verify with; the message is for people."""


@click.command("listen")
@click.option("--port", type=click.IntRange(0, 65535), default=PORT, show_default=True, help="0 takes a free one.")
@click.option("--forward-to", metavar="URL", help="Pass each delivery on, untouched, and answer its answer.")
@click.option("--status", type=click.IntRange(200, 599), help="Answer this to every delivery: 500 plays a failure.")
@click.option("--secret", help="Verify with this whsec_… secret.")
@click.option("--url", help=f"Read the account's secrets from the leadrun there (LEADRUN_URL, {URL}).")
@click.option("--key", help="With this API key (LEADRUN_KEY); unless given, with that of the `leadrun up` which runs.")
@installation_options
@json_option
def listen_command(
    *,
    port: int,
    forward_to: str | None,
    status: int | None,
    secret: str | None,
    url: str | None,
    key: str | None,
    as_json: bool,
) -> None:
    """Receive webhooks for development: show each and verify its signature."""
    if forward_to and status:
        raise click.UsageError("--status and --forward-to exclude each other: one of them answers.")
    if secret is not None and (url or key or data_dir()):
        raise click.UsageError("--secret excludes --url, --key and --data-dir, which say where to read secrets.")
    for option, value in (("--forward-to", (forward_to or "").partition("?")[0]), ("--url", url)):
        try:
            http_url(value or URL)
        except ValueError:
            raise click.UsageError(f"{option} takes a URL such as {URL}, not {value!r}.") from None
    try:
        loaded = load()
        keys = partial(_given, secret) if secret is not None else _account(url, key, loaded)
        asyncio.run(_listen(keys, port=port, forward_to=forward_to, status=status, as_json=as_json))
    except SettingsError as error:
        end(error, as_json=as_json)
    except (NoSecretError, ListenError) as error:
        sys.exit(fail(str(error), as_json=as_json))


async def _listen(keys: Keys, *, port: int, forward_to: str | None, status: int | None, as_json: bool) -> None:
    """Serve until SIGINT or SIGTERM.

    Raises:
        NoSecretError: When there is no secret to verify with.
        ListenError: When the port cannot be listened on.
    """
    async with httpx.AsyncClient(trust_env=False, timeout=FORWARD_SECONDS) as client:
        signing = await keys(client)
        listener = listen(HOST, port)
        report = _print_json if as_json else _print
        app = DevelopmentReceiver(signing, report, client=client, forward_to=forward_to, status=status)
        config = uvicorn.Config(
            app,
            ws="none",
            lifespan="off",
            log_config=None,
            access_log=False,
            server_header=False,
            date_header=False,
            timeout_graceful_shutdown=1,
        )
        url = f"http://{HOST}:{listener.getsockname()[1]}/"
        if as_json:
            _print_json({"webhookUrl": url})
        else:
            does = f"Passes on to {forward_to}." if forward_to else f"Answers {status}." if status else ""
            click.echo("\n".join(filter(None, (f"webhookUrl: {url}", does, "Ctrl-C ends it."))) + "\n")
        await OrderlyServer(config).serve(sockets=[listener])


async def _given(secret: str, _client: httpx.AsyncClient) -> SigningKeys:
    return SigningKeys(known=[_key(secret)], doubt="it was changed, or --secret gives another secret than the sender's")


def _account(url: str | None, key: str | None, loaded: LoadedSettings) -> Keys:
    """Choose the account to verify for: that of the command line, of the environment, or of the `leadrun up` here."""
    key = key or (None if data_dir() else loaded.environ.get("LEADRUN_KEY"))
    if key:
        return partial(_read_keys, url or loaded.environ.get("LEADRUN_URL") or URL, (key,))
    if url:
        raise click.UsageError("--url needs --key, or LEADRUN_KEY in the environment.")
    folder = data_dir() or loaded.settings.data_dir
    running, kept = running_on(folder), kept_keys(folder)
    if not running or not kept:
        raise NoSecretError(
            f"no `leadrun up` runs on {folder} to read secrets from; start it, or give --key (and --url), or --secret"
        )
    # Test runs and live runs are signed with different secrets.
    return partial(_read_keys, running.url, (kept.test_key, kept.api_key))


async def _read_keys(url: str, keys: Sequence[str], client: httpx.AsyncClient) -> SigningKeys:
    """Read the secrets that the keys see; those of endpoints too, once a delivery fits no other."""

    async def get(path: str, key: str) -> dict[str, Any]:
        try:
            answer = await client.get(f"{url.rstrip('/')}{path}", headers={"Authorization": f"Bearer {key}"})
            read: dict[str, Any] = msgspec.json.decode(answer.content, type=dict[str, Any])
        except (httpx.HTTPError, httpx.InvalidURL, UnicodeEncodeError) as error:
            why = f"{str(error) or type(error).__name__}; is leadrun running?"
            raise NoSecretError(f"the account's secrets cannot be read from {url}: {why}") from None
        except msgspec.DecodeError:
            raise NoSecretError(f"the server at {url} does not answer like leadrun") from None
        if answer.status_code != httpx.codes.OK:
            why = f"{answer.status_code} {read.get('error', '')}"
            raise NoSecretError(f"the account's secrets cannot be read from {url}: {why}")
        return read

    async def secrets(path: str, key: str) -> list[bytes]:
        read = await get(path, key)
        return [_key(one["secret"]) for one in (read, *read.get("previous", ()))]

    async def everything() -> list[bytes]:
        try:
            of_endpoints = [
                (f"{_ENDPOINTS}/{one['id']}/secret", key)
                for key in keys
                for one in (await get(_ENDPOINTS, key))["endpoints"]
            ]
            paths = [*((_SECRET, key) for key in keys), *of_endpoints]
            return [one for path, key in paths for one in await secrets(path, key)]
        except NoSecretError:  # leadrun is away, and those that are known are all there are
            return known

    doubt = f"it was changed, or signed for another account or mode than that of the key at {url}"
    known = [one for key in keys for one in await secrets(_SECRET, key)]
    return SigningKeys(known=known, renew=everything, doubt=doubt)


def _key(secret: str) -> bytes:
    try:
        key = read_secret(secret) if secret.startswith(SECRET_PREFIX) else b""
    except ValueError:
        key = b""
    if not key:
        raise NoSecretError(f"a webhook secret is {SECRET_PREFIX} followed by base64, as the API shows it")
    return key


def _print_json(value: Any) -> None:  # noqa: ANN401 - anything that msgspec can encode
    click.echo(msgspec.json.encode(value).decode())


def _print(delivery: ReceivedDelivery) -> None:
    """Print two lines: the event, and what the delivery itself is worth."""
    age = "" if delivery.age_seconds is None else f"{delivery.age_seconds:.1f} s after the event"
    again = f"time {delivery.copy} of the same" if delivery.copy > 1 else ""
    verdict = "VALID" if delivery.verified else f"NOT VALID: {delivery.reason}"
    behind = {None: "", True: " by the receiver behind", False: f": {delivery.note}"}[delivery.forwarded]
    first = (f"{delivery.at:%H:%M:%S}Z", delivery.event or "no event", _subject(delivery.body), age)
    second = (
        " " * 8,
        delivery.webhook_id or "no webhook-id",
        again,
        f"{verdict}; answered {delivery.status}{behind}",
    )
    for line in (first, second):
        text = "  ".join(word for word in line if word)
        # A character that commands the terminal may have been sent by anyone.
        click.echo(visible(text))


def _subject(body: Any) -> str:  # noqa: ANN401 - any JSON
    """Describe an event: the first id in it, how it ended, what was found or went wrong."""
    if not isinstance(body, dict):
        return f"not a JSON object: {str(body)[:MAX_WORDS]}"
    named = (f"{name} {value}" for name, value in body.items() if name == "id" or name.endswith(("Id", "_id")))
    words = [next(named, ""), *(str(body[name]) for name in ("status", "resultStatus") if body.get(name))]
    for name in ("result", "progress", "error"):
        if isinstance(body.get(name), dict):
            words += [f"{inner} {value}" for inner, value in body[name].items() if type(value) in {str, int}]
    return ", ".join(filter(None, words))[:MAX_WORDS]
