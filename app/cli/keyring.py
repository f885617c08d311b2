"""The secrets that `leadrun listen` verifies with: given ones, or those that a running leadrun tells its account."""

import asyncio
from collections.abc import Iterable, Sequence
from typing import TypeVar

import httpx
import msgspec

from app.clock import SystemClock
from app.domain.webhooks.delivery import SECRET_PREFIX, read_secret

_SECRET = "/api/v1/webhooks/secret"  # noqa: S105 - a path
_ENDPOINTS = "/api/v1/webhooks/endpoints"

T = TypeVar("T")


class KeyringError(RuntimeError):
    """There is no secret to verify with; the message is for whoever started the command."""


class _Secret(msgspec.Struct):
    secret: str


class _Secrets(_Secret):
    previous: tuple[_Secret, ...] = ()


class _Endpoint(msgspec.Struct):
    id: str


class _Endpoints(msgspec.Struct):
    endpoints: tuple[_Endpoint, ...]


class _Problem(msgspec.Struct):
    error: str


class GivenSecrets:
    """The secrets of the command line."""

    def __init__(self, secrets: Iterable[str]) -> None:
        """Read them.

        Raises:
            KeyringError: When one is not ``whsec_`` and base64.
        """
        self._keys = tuple(_key(secret) for secret in secrets)

    @property
    def origin(self) -> str:
        """Say where they are from."""
        return "what --secret gives"

    async def keys(self) -> Sequence[bytes]:
        """Return them."""
        return self._keys

    async def renewed(self) -> Sequence[bytes]:
        """Return the same: there are no others."""
        return self._keys

    def explain(self, proven: int) -> str:
        """Say which of the two it rather is."""
        if proven:
            return f"--secret has proven {proven} deliveries, so this one is changed, or signed with another secret"
        return "--secret has proven no delivery yet, so it probably is the wrong one"


class AccountSecrets:
    """The secrets of the account that a key belongs to; a rotation is noticed with the first delivery after it."""

    def __init__(self, url: str, key: str, client: httpx.AsyncClient) -> None:
        """Know where to ask.

        Args:
            url: Of leadrun, without a path.
            key: One of the account's API keys.
            client: To ask with.
        """
        self._url, self._key, self._client = url.rstrip("/"), key, client
        self._keys: tuple[bytes, ...] = ()
        self._clock = SystemClock()
        self._asked_at = -1.0
        self._asking = asyncio.Lock()
        self._trouble: str | None = None

    @property
    def origin(self) -> str:
        """Say where they are from."""
        return f"the secrets that {self._url} tells its account"

    async def read(self) -> None:
        """Ask for the account's secrets.

        Raises:
            KeyringError: When leadrun does not tell.
        """
        self._keys = await self._told(_SECRET)

    async def keys(self) -> Sequence[bytes]:
        """Return those that were read last."""
        return self._keys

    async def renewed(self) -> Sequence[bytes]:
        """Read them again; whoever waits meanwhile shares the next reading, so that a flood here is none there."""
        wanted_at = self._clock.monotonic()
        async with self._asking:
            if self._asked_at < wanted_at:
                self._asked_at = self._clock.monotonic()
                try:
                    self._keys = await self._all()
                    self._trouble = None
                except KeyringError as error:
                    self._trouble = str(error)
        return self._keys

    def explain(self, proven: int) -> str:  # noqa: ARG002 - what is known of the secrets is worth more here
        """Say that the secrets are right, if they are known to be."""
        if self._trouble:
            return f"newer secrets are not known: {self._trouble}"
        return f"the secrets are all that {self._url} tells its account, so it is changed, or another account's"

    async def _all(self) -> tuple[bytes, ...]:
        """Ask for the secrets of the account and of each of its endpoints, which are few."""
        listed = _decoded(await self._get(_ENDPOINTS), _Endpoints).endpoints
        paths = [_SECRET, *(f"{_ENDPOINTS}/{one.id}/secret" for one in listed)]
        return tuple(key for keys in await asyncio.gather(*map(self._told, paths)) for key in keys)

    async def _told(self, path: str) -> tuple[bytes, ...]:
        told = _decoded(await self._get(path), _Secrets)
        return tuple(_key(one.secret) for one in (told, *told.previous))

    async def _get(self, path: str) -> bytes:
        try:
            answer = await self._client.get(f"{self._url}{path}", headers={"Authorization": f"Bearer {self._key}"})
        except (httpx.HTTPError, httpx.InvalidURL, UnicodeEncodeError) as error:
            why = str(error) or type(error).__name__
            raise KeyringError(f"{self._url} does not tell the account's secrets: {why}; is leadrun running?") from None
        if answer.status_code != httpx.codes.OK:
            raise KeyringError(f"{self._url} does not tell the account's secrets: {_problem(answer)}")
        return answer.content


def _decoded(content: bytes, kind: type[T]) -> T:
    try:
        return msgspec.json.decode(content, type=kind)
    except msgspec.DecodeError:
        raise KeyringError("what answers there does not answer like leadrun") from None


def _key(secret: str) -> bytes:
    try:
        key = read_secret(secret) if secret.startswith(SECRET_PREFIX) else b""
    except ValueError:
        key = b""
    if not key:
        raise KeyringError(f"a webhook secret is {SECRET_PREFIX} followed by base64, as the API tells it")
    return key


def _problem(answer: httpx.Response) -> str:
    try:
        return f"{answer.status_code} {msgspec.json.decode(answer.content, type=_Problem).error}"
    except msgspec.DecodeError:
        return str(answer.status_code)
