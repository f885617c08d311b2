"""`leadrun listen`: a receiver for development that shows each event and verifies who sent it."""

import asyncio
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import click
import httpx
import msgspec
import uvicorn

from app.cli.keyring import AccountSecrets, GivenSecrets, KeyringError
from app.cli.listening import FORWARD_SECONDS, DevelopmentReceiver, Keyring, ReceivedDelivery
from app.cli.loading import data_dir as chosen_data_dir
from app.cli.loading import end, installation_options, load
from app.cli.output import fail, json_option
from app.embedded.credentials import kept_keys
from app.embedded.data_dir_lock import running_on
from app.serving import ListenError, OrderlyServer, listen
from app.settings.settings import SettingsError

HOST = "127.0.0.1"
PORT = 8765
URL = "http://127.0.0.1:8000"
GRACE_SECONDS = 1
MAX_WORDS = 300

Open = Callable[[httpx.AsyncClient], GivenSecrets | AccountSecrets]


class ListenOptions(msgspec.Struct, frozen=True, kw_only=True):
    """How deliveries are answered and shown."""

    port: int
    forward_to: str | None
    status: int | None
    as_json: bool


@click.command("listen")
@click.option("--port", type=click.IntRange(0, 65535), default=PORT, show_default=True, help="0 takes a free one.")
@click.option(
    "--forward-to", metavar="URL", help="Pass each delivery on, untouched, and answer what is answered there."
)
@click.option("--status", type=click.IntRange(200, 599), help="Answer this to every delivery: 500 plays a failure.")
@click.option("--secret", "secrets", multiple=True, help="Verify with this whsec_… secret; repeat it for several.")
@click.option("--url", help=f"Read the account's secrets from the leadrun there (LEADRUN_URL, {URL}).")
@click.option("--key", help="With this API key (LEADRUN_KEY); unless given, with that of the `leadrun up` which runs.")
@installation_options
@json_option
def listen_command(
    *,
    port: int,
    forward_to: str | None,
    status: int | None,
    secrets: tuple[str, ...],
    url: str | None,
    key: str | None,
    as_json: bool,
) -> None:
    """Receive webhooks on this machine, for development: show each event and verify its signature."""
    data_dir = chosen_data_dir()
    if forward_to and status:
        raise click.UsageError("--status and --forward-to exclude each other: one of them answers.")
    if secrets and (url or key or data_dir):
        raise click.UsageError("--secret excludes --url, --key and --data-dir, which say where to read secrets.")
    for option, value in (("--forward-to", forward_to), ("--url", url)):
        if value is not None and not _is_http(value):
            raise click.UsageError(f"{option} takes a URL such as {URL}, not {value!r}.")
    try:
        load()
    except SettingsError as error:
        end(error, as_json=as_json)
    manner = ListenOptions(port=port, forward_to=forward_to, status=status, as_json=as_json)
    try:
        asyncio.run(_listen(manner, _given(secrets) if secrets else _told(url, key, data_dir)))
    except (KeyringError, ListenError) as error:
        sys.exit(fail(str(error), as_json=as_json))


def _given(secrets: tuple[str, ...]) -> Open:
    keyring = GivenSecrets(secrets)
    return lambda _: keyring


def _told(url: str | None, key: str | None, data_dir: Path | None) -> Open:
    """Find whom to ask for the secrets: whom the command line names, or the environment, or what runs here."""
    key = key or (None if data_dir else os.environ.get("LEADRUN_KEY"))
    if key:
        where = url or os.environ.get("LEADRUN_URL") or URL
        return lambda client: AccountSecrets(where, key, client)
    if url:
        raise click.UsageError("--url needs --key, or LEADRUN_KEY in the environment.")
    folder = data_dir or load().settings.data_dir
    running, kept = running_on(folder), kept_keys(folder)
    if not running or not kept:
        raise KeyringError(
            f"no `leadrun up` runs on {folder} to read secrets from; start it, or give --key (and --url), or --secret"
        )
    return lambda client: AccountSecrets(running.url, kept.test_key, client)


async def _listen(manner: ListenOptions, open_keyring: Open) -> None:
    """Serve until SIGINT or SIGTERM.

    Raises:
        KeyringError: When there is no secret to verify with.
        ListenError: When the port cannot be listened on.
    """
    async with httpx.AsyncClient(trust_env=False, timeout=FORWARD_SECONDS) as client:
        keyring = open_keyring(client)
        if isinstance(keyring, AccountSecrets):
            await keyring.read()
        listener = listen(HOST, manner.port)
        app = DevelopmentReceiver(
            keyring, _teller(manner), client=client, forward_to=manner.forward_to, status=manner.status
        )
        config = uvicorn.Config(
            app,
            ws="none",
            lifespan="off",
            log_config=None,
            access_log=False,
            server_header=False,
            date_header=False,
            timeout_graceful_shutdown=GRACE_SECONDS,
        )
        _greet(manner, keyring, f"http://{HOST}:{listener.getsockname()[1]}/")
        await OrderlyServer(config).serve(sockets=[listener])


def _greet(manner: ListenOptions, keyring: Keyring, url: str) -> None:
    if manner.as_json:
        _say(msgspec.json.encode({"webhookUrl": url}).decode())
        return
    _say(f"webhookUrl: {url}")
    _say(f"Verifies with {keyring.origin}.")
    if manner.forward_to:
        _say(f"Passes on to {manner.forward_to}.")
    if manner.status:
        _say(f"Answers {manner.status}.")
    _say("Ctrl-C ends it.\n")


def _teller(manner: ListenOptions) -> Callable[[ReceivedDelivery], None]:
    if manner.as_json:
        return lambda heard: _say(msgspec.json.encode(heard).decode())
    return lambda heard: _say(_for_people(heard))


def _for_people(heard: ReceivedDelivery) -> str:
    """Write two lines: what happened, and what the delivery itself is worth."""
    age = "" if heard.age_seconds is None else f"{heard.age_seconds:.1f} s after the event"
    again = f"time {heard.copy} of the same" if heard.copy > 1 else ""
    verdict = "VALID" if heard.verified else f"NOT VALID: {heard.reason}"
    behind = "" if heard.forwarded is None else " by the receiver behind" if heard.forwarded else f": {heard.note}"
    first = (f"{heard.at:%H:%M:%S}Z", heard.event or "no event", _subject(heard.body), age)
    second = ("        ", heard.webhook_id or "no webhook-id", again, f"{verdict}; answered {heard.status}{behind}")
    return "\n".join("  ".join(_printable(word) for word in line if word) for line in (first, second))


def _subject(body: Any) -> str:  # noqa: ANN401 - whatever was sent
    """Tell what an event is about: the first id in it, how it ended, what was found or went wrong."""
    if not isinstance(body, dict):
        return f"not a JSON object: {str(body)[:MAX_WORDS]}"
    named = (f"{name} {value}" for name, value in body.items() if name == "id" or name.endswith(("Id", "_id")))
    words = [next(named, ""), *(str(body[name]) for name in ("status", "resultStatus") if body.get(name))]
    for name in ("result", "progress", "error"):
        if isinstance(body.get(name), dict):
            words += [f"{inner} {value}" for inner, value in body[name].items() if type(value) in {str, int}]
    return ", ".join(filter(None, words))[:MAX_WORDS]


def _printable(text: str) -> str:
    """Take away what would command the terminal: anybody may have sent it."""
    return "".join(char if char.isprintable() else "\N{REPLACEMENT CHARACTER}" for char in text)


def _say(line: str) -> None:
    click.echo(line)


def _is_http(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False
