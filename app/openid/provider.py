"""The identity provider: where it sends people, and what it says of the person who comes back."""

import base64
import hashlib
import hmac
from http import HTTPStatus
from urllib.parse import urlencode, urlsplit

import httpx
import msgspec

from app.clock import Clock
from app.domain.people.credentials import email_fault, normal_email
from app.domain.people.identity import Identity, IdentityError, IdentityFault
from app.openid.exchange import ProviderAnswer, ask
from app.settings.issuer import is_trusted
from app.settings.settings import Settings

CALLBACK = "/app/oidc/callback"
# A provider's addresses change rarely; its keys are asked for at each log-in.
KEPT_SECONDS = 3600.0
MAX_NAME = 100
_POST = "client_secret_post"


class Published(msgspec.Struct, frozen=True, kw_only=True):
    """The addresses and abilities that a provider publishes (OpenID Connect Discovery 1.0, section 3)."""

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    userinfo_endpoint: str | None = None
    token_endpoint_auth_methods_supported: list[str] | None = None
    authorization_response_iss_parameter_supported: bool = False

    def addresses(self) -> list[str]:
        """List the addresses that are used."""
        own = (self.authorization_endpoint, self.token_endpoint, self.jwks_uri, self.userinfo_endpoint)
        return [one for one in own if one]


class LogInSecrets(msgspec.Struct, frozen=True):
    """The values that bind an answer to one log-in in one browser; made of both, so that neither has to be stored."""

    state: str
    nonce: str
    verifier: str


def log_in_secrets(state: str, browser: str) -> LogInSecrets:
    """Return nonce and PKCE verifier of a log-in; `browser` is the secret of the cookie of the one who began it."""
    return LogInSecrets(state, *(_derived(browser, f"{word}:{state}") for word in ("nonce", "verifier")))


class IdentityProvider:
    """The provider that the settings name."""

    def __init__(self, settings: Settings, clock: Clock) -> None:
        """Take the settings of a provider, all of which are set."""
        # Two thirds of a second of a processor, which installations without a provider do not need.
        from app.openid.id_token import read_id_token  # noqa: PLC0415 - see above

        self.name = settings.oidc_name
        self._issuer, self._client_id = settings.oidc_issuer or "", settings.oidc_client_id or ""
        self._secret = settings.oidc_client_secret or ""
        self._redirect_uri = f"{(settings.public_url or '').rstrip('/')}{CALLBACK}"
        self._clock, self._read_id_token = clock, read_id_token
        self._kept: tuple[Published, float] | None = None

    async def begin(self, secrets: LogInSecrets) -> str:
        """Return the address at the provider where a person goes on.

        Raises:
            IdentityError: It cannot be reached, or is not as the settings say.
        """
        published = await self._published()
        challenge = base64.urlsafe_b64encode(hashlib.sha256(secrets.verifier.encode()).digest()).rstrip(b"=").decode()
        query = {
            "response_type": "code",
            "client_id": self._client_id,
            "redirect_uri": self._redirect_uri,
            "scope": "openid email profile",
            "state": secrets.state,
            "nonce": secrets.nonce,
            "code_challenge": challenge,
            "code_challenge_method": "S256",
        }
        place = published.authorization_endpoint
        return f"{place}{'&' if urlsplit(place).query else '?'}{urlencode(query)}"

    async def identify(self, code: str, issuer: str, secrets: LogInSecrets) -> Identity:
        """Exchange a code for the proof of who a person is.

        Args:
            code: That the person brought.
            issuer: The parameter `iss` that came with it; empty where there was none (RFC 9207).
            secrets: Of this log-in.

        Raises:
            IdentityError: Nobody is proven.
        """
        published = await self._published()
        if issuer not in {"", self._issuer} or (
            not issuer and published.authorization_response_iss_parameter_supported
        ):
            raise IdentityError(IdentityFault.UNTRUSTED, "the answer names another issuer, or none")
        tokens = await self._tokens(published, code, secrets.verifier)
        access_token = str(tokens.get("access_token") or "")
        claims = self._read_id_token(
            str(tokens.get("id_token") or ""),
            await self._keys(published),
            issuer=self._issuer,
            client_id=self._client_id,
            nonce=secrets.nonce,
            access_token=access_token,
            now=int(self._clock.now().timestamp()),
        )
        if not {"email", "email_verified"} <= claims.keys() and published.userinfo_endpoint and access_token:
            claims = await self._completed(published.userinfo_endpoint, access_token, claims)
        return Identity(
            issuer=self._issuer,
            subject=claims["sub"],
            email=_verified_email(claims),
            name=_printable(claims.get("name")),
        )

    async def _published(self) -> Published:
        now = self._clock.monotonic()
        if self._kept and now - self._kept[1] < KEPT_SECONDS:
            return self._kept[0]
        answer = await ask(f"{self._issuer.rstrip('/')}/.well-known/openid-configuration")
        try:
            published = msgspec.convert(answer.body, Published)
        except msgspec.ValidationError as error:
            raise IdentityError(IdentityFault.SETUP, f"{answer.status} from discovery: {error}") from None
        if published.issuer != self._issuer:
            raise IdentityError(IdentityFault.SETUP, "the provider calls itself by another issuer")
        if not all(is_trusted(one, issuer=self._issuer) for one in published.addresses()):
            raise IdentityError(IdentityFault.SETUP, "an address of the provider is not https")
        self._kept = published, now
        return published

    async def _tokens(self, published: Published, code: str, verifier: str) -> dict[str, object]:
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self._redirect_uri,
            "code_verifier": verifier,
        }
        # In the body where the provider takes it there: of a header's escapes providers have several readings.
        if _POST in (published.token_endpoint_auth_methods_supported or ()):
            form |= {"client_id": self._client_id, "client_secret": self._secret}
            answer = await ask(published.token_endpoint, form=form)
        else:
            auth = httpx.BasicAuth(self._client_id, self._secret)
            answer = await ask(published.token_endpoint, form=form, auth=auth)
        if answer.status != HTTPStatus.OK:
            raise _refused(answer)
        return answer.body

    async def _keys(self, published: Published) -> list[object]:
        keys = (await ask(published.jwks_uri)).body.get("keys")
        if not isinstance(keys, list):
            raise IdentityError(IdentityFault.SETUP, "the provider publishes no keys")
        return keys

    async def _completed(self, place: str, access_token: str, claims: dict[str, object]) -> dict[str, object]:
        """Take the address that the provider gives apart (OpenID Connect Core 1.0, 5.3), and never half of each."""
        answer = await ask(place, headers={"authorization": f"Bearer {access_token}"})
        if answer.body.get("sub") != claims["sub"]:
            raise IdentityError(IdentityFault.UNTRUSTED, f"{answer.status}, of another person, from userinfo")
        own = {name: answer.body.get(name) for name in ("email", "email_verified")}
        return answer.body | claims | own


def _refused(answer: ProviderAnswer) -> IdentityError:
    """Return why the token endpoint gave nothing (RFC 6749, 5.2)."""
    code = str(answer.body.get("error", ""))
    if code in {"invalid_client", "unauthorized_client"} or answer.status == HTTPStatus.UNAUTHORIZED:
        return IdentityError(IdentityFault.CLIENT, "the client was refused")
    if code == "invalid_grant":
        return IdentityError(IdentityFault.OVER, "the code was refused")
    return IdentityError(IdentityFault.SETUP, f"{answer.status} from the token endpoint")


def _verified_email(claims: dict[str, object]) -> str:
    """Return the address, if it is one and the provider says that it is the person's; some say so as a text."""
    given = str(claims.get("email") or "").strip()
    email, verified = normal_email(given), claims.get("email_verified")
    # Letters beyond ASCII that have an ASCII letter as their small one (the Kelvin sign) are of another mailbox.
    folded = given.encode(errors="replace").lower().decode()
    if email != folded or not email.isprintable() or email_fault(email):
        return ""
    return email if verified is True or verified == "true" else ""


def _printable(name: object) -> str:
    text = " ".join(name.split()) if isinstance(name, str) else ""
    return text[:MAX_NAME].strip() if text.isprintable() else ""


def _derived(secret: str, word: str) -> str:
    return base64.urlsafe_b64encode(hmac.digest(secret.encode(), word.encode(), "sha256")).rstrip(b"=").decode()
