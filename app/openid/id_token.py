"""Check an id_token: signed by a key that the provider publishes, for us, now, and for this log-in alone."""

from collections.abc import Iterable
from typing import Any

from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.errors import ExpiredTokenError, InvalidClaimError, JoseError
from joserfc.jwk import JWKRegistry, KeySet

from app.domain.people.identity import IdentityError, IdentityFault

# Those that sign by a key that only the provider has: `none` needs no key, and HMAC may be given a public one (RFC
# 8725, 3.1).
ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA")
_PUBLIC = {"RSA", "EC", "OKP"}
LEEWAY_SECONDS = 60
MAX_SUBJECT = 255
_TIMES = {"iat", "nbf"}


def read_id_token(
    token: str, keys: Iterable[Any], *, issuer: str, client_id: str, nonce: str, access_token: str, now: int
) -> dict[str, Any]:
    """Return the claims of a proper id_token (OpenID Connect Core 1.0, 3.1.3.7).

    Args:
        token: As the provider gave it.
        keys: Those that it publishes.
        issuer: Of the settings.
        client_id: Of the settings.
        nonce: Of this log-in.
        access_token: That came with it; a hash of it may be in the token.
        now: Seconds since 1970.

    Raises:
        IdentityError: Anything does not fit.
    """
    try:
        decoded = jwt.decode(token, _key_set(keys), algorithms=ALGORITHMS)
        claims = CodeIDToken(
            decoded.claims,
            decoded.header,
            options={
                "iss": {"essential": True, "value": issuer},
                "aud": {"essential": True, "value": client_id},
                "sub": {"essential": True},
            },
            params={"nonce": nonce, "client_id": client_id, "access_token": access_token},
        )
        claims.validate(now=now, leeway=LEEWAY_SECONDS)
    except ExpiredTokenError:
        raise IdentityError(IdentityFault.CLOCK, "the id_token has expired") from None
    except InvalidClaimError as error:
        fault = IdentityFault.CLOCK if error.claim in _TIMES else IdentityFault.UNTRUSTED
        raise IdentityError(fault, f"the claim {error.claim} does not fit") from None
    except (JoseError, ValueError, TypeError) as error:
        raise IdentityError(IdentityFault.UNTRUSTED, f"the id_token: {type(error).__name__}") from None
    # No text of a database holds what cannot be printed.
    if len(claims["sub"]) > MAX_SUBJECT or not claims["sub"].isprintable():
        raise IdentityError(IdentityFault.UNTRUSTED, "the subject is too long, or no text")
    return dict(claims)


def _key_set(keys: Iterable[Any]) -> KeySet:
    """Return the keys that can be used; a provider may publish others, of kinds that are newer than we."""
    usable = []
    for key in keys:
        if isinstance(key, dict) and key.get("kty") in _PUBLIC and key.get("use", "sig") == "sig":
            try:
                usable.append(JWKRegistry.import_key(key))
            except (JoseError, ValueError, TypeError):
                continue
    return KeySet(usable)
