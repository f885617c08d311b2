"""What the identity provider answers is believed only where it fits; it may be slow, large, wrong, or away."""

import time
from collections.abc import Callable
from typing import Any

import msgspec
import pytest
from werkzeug.wrappers import Request, Response

from app.clock import SystemClock
from app.domain.people.identity import Identity, IdentityError, IdentityFault
from app.openid.exchange import MAX_BYTES, ask
from app.openid.provider import IdentityProvider, LogInSecrets, log_in_secrets
from app.serving import listen
from app.settings.settings import Settings
from tests.play.identity_provider import PlayedProvider, Spoil, answering

DISCOVERY, TOKEN, JWKS, USERINFO = "/.well-known/openid-configuration", "/oauth2/token", "/jwks", "/userinfo"
ORIGIN = "http://127.0.0.1:1"
EMAIL = "jane@acme.example"
SECRETS = log_in_secrets("state", "browser")


@pytest.fixture
def settings(idp: PlayedProvider) -> Settings:
    idp.as_at_first()
    idp.person("jane", email=EMAIL, email_verified=True, name=" Jane \n Smith ")
    client_id, secret = idp.register(f"{ORIGIN}/app/oidc/callback")
    return Settings(public_url=ORIGIN, oidc_issuer=idp.url, oidc_client_id=client_id, oidc_client_secret=secret)


async def _identify(settings: Settings, idp: PlayedProvider, secrets: LogInSecrets = SECRETS) -> Identity:
    provider = IdentityProvider(settings, SystemClock())
    back = idp.confirm(await provider.begin(SECRETS), "jane")
    return await provider.identify(back.partition("code=")[2].partition("&")[0], "", secrets)


async def test_a_person_is_identified_however_the_client_proves_itself(settings: Settings, idp: PlayedProvider) -> None:
    jane = Identity(issuer=idp.url, subject="jane", email=EMAIL, name="Jane Smith")
    assert await _identify(settings, idp) == jane
    client_id, secret = idp.register(f"{ORIGIN}/app/oidc/callback", "client_secret_post")
    idp.spoil = answering(DISCOVERY, lambda it: it | {"token_endpoint_auth_methods_supported": ["client_secret_post"]})
    posting = msgspec.structs.replace(settings, oidc_client_id=client_id, oidc_client_secret=secret)
    assert await _identify(posting, idp) == jane
    assert "GET /userinfo" not in idp.asked


async def test_an_address_that_is_not_in_the_token_is_asked_for_apart(settings: Settings, idp: PlayedProvider) -> None:
    idp.scope = "openid"
    idp.spoil = answering(USERINFO, lambda it: it | {"email": EMAIL.upper(), "email_verified": True})
    assert (await _identify(settings, idp)).email == EMAIL
    # An address of one place is never verified by the word of another.
    idp.scope = ""
    idp.person("jane", email="jane@evil.example")
    idp.spoil = answering(USERINFO, lambda _: {"sub": "jane", "email_verified": True})
    assert (await _identify(settings, idp)).email == ""
    # A token that fits no header is none that can be used.
    token = answering(TOKEN, lambda it: it | {"access_token": "é\n"})
    idp.spoil = token
    with pytest.raises(IdentityError):
        await _identify(settings, idp)
    idp.spoil = answering(USERINFO, lambda it: it | {"sub": "another", "email": EMAIL, "email_verified": True})
    with pytest.raises(IdentityError, match="of another person"):
        await _identify(settings, idp)


async def test_another_log_in_has_another_nonce_and_another_verifier(settings: Settings, idp: PlayedProvider) -> None:
    other = log_in_secrets("another state", "browser")
    assert log_in_secrets("state", "another browser").nonce not in {SECRETS.nonce, other.nonce}
    for secrets, fault in (
        (LogInSecrets("state", other.nonce, SECRETS.verifier), IdentityFault.UNTRUSTED),
        (LogInSecrets("state", SECRETS.nonce, other.verifier), IdentityFault.OVER),
    ):
        with pytest.raises(IdentityError) as stopped:
            await _identify(settings, idp, secrets)
        assert stopped.value.fault is fault


def _of(path: str, body: str, status: int = 200, **headers: str) -> Spoil:
    """Answer something of one path."""

    def spoil(request: Request, answer: Response) -> Response:
        return Response(body, status, headers) if request.path == path else answer

    return spoil


def _with(**values: object) -> Callable[[dict[str, Any]], object]:
    return lambda it: {name: value for name, value in (it | values).items() if value is not None}


@pytest.mark.parametrize(
    ("spoil", "fault"),
    [
        (answering(DISCOVERY, _with(issuer="https://evil.example")), IdentityFault.SETUP),
        (answering(DISCOVERY, _with(token_endpoint=None)), IdentityFault.SETUP),
        (answering(DISCOVERY, _with(token_endpoint="http://login.acme.example/token")), IdentityFault.SETUP),
        (answering(DISCOVERY, _with(authorization_endpoint="javascript:alert(1)")), IdentityFault.SETUP),
        (answering(DISCOVERY, _with(jwks_uri=["x"])), IdentityFault.SETUP),
        (answering(DISCOVERY, _with(authorization_response_iss_parameter_supported=True)), IdentityFault.UNTRUSTED),
        (answering(DISCOVERY, lambda _: []), IdentityFault.SETUP),
        (answering(DISCOVERY, lambda _: {}, 404), IdentityFault.SETUP),
        (answering(DISCOVERY, lambda it: it, 500), IdentityFault.AWAY),
        (_of(DISCOVERY, "", 302, location="/elsewhere"), IdentityFault.SETUP),
        (_of(DISCOVERY, "x" * (MAX_BYTES + 1)), IdentityFault.SETUP),
        (_of(DISCOVERY, '{"a":' + "[" * 100_000), IdentityFault.SETUP),
        (answering(TOKEN, lambda _: {"error": "invalid_client"}, 400), IdentityFault.CLIENT),
        (answering(TOKEN, lambda _: {}, 401), IdentityFault.CLIENT),
        (answering(TOKEN, lambda _: {"error": "invalid_grant"}, 400), IdentityFault.OVER),
        (answering(TOKEN, lambda _: {"error": ["invalid_grant"]}, 400), IdentityFault.SETUP),
        (answering(TOKEN, lambda _: {}, 429), IdentityFault.AWAY),
        (answering(TOKEN, _with(id_token=None)), IdentityFault.UNTRUSTED),
        (answering(TOKEN, _with(id_token={})), IdentityFault.UNTRUSTED),
        (answering(TOKEN, _with(id_token="é.é.x")), IdentityFault.UNTRUSTED),
        (answering(TOKEN, _with(id_token="\ud800")), IdentityFault.SETUP),
        (answering(JWKS, _with(keys={})), IdentityFault.SETUP),
        (answering(JWKS, _with(keys=[])), IdentityFault.UNTRUSTED),
    ],
)
async def test_an_answer_that_does_not_fit_identifies_nobody(
    settings: Settings, idp: PlayedProvider, spoil: Spoil, fault: IdentityFault
) -> None:
    idp.spoil = spoil
    with pytest.raises(IdentityError) as stopped:
        await _identify(settings, idp)
    assert stopped.value.fault is fault, stopped.value


async def test_a_provider_that_does_not_answer_or_speaks_no_tls_is_away(idp: PlayedProvider) -> None:
    with listen("127.0.0.1", 0) as silent:
        port = silent.getsockname()[1]
        begun = time.monotonic()
        for url in (f"http://127.0.0.1:{port}/", f"https://127.0.0.1:{port}/", idp.url.replace("http:", "https:")):
            with pytest.raises(IdentityError) as stopped:
                await ask(url, seconds=0.2)
            assert stopped.value.fault is IdentityFault.AWAY
        assert time.monotonic() - begun < 10
