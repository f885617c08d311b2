"""An id_token is read only if it was signed by the provider, for us, for this log-in, and now."""

import base64
import hmac
import json
from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import ECKey, OctKey, RSAKey

from app.domain.people.identity import IdentityError, IdentityFault
from app.openid.id_token import read_id_token
from tests.rows import each_row

RSA, OTHER, EC = RSAKey.generate_key(2048, {"kid": "1"}), RSAKey.generate_key(2048, {"kid": "1"}), ECKey.generate_key()
PUBLIC: dict[str, Any] = RSA.as_dict(is_private=False)
NOW, ISSUER, CLIENT, NONCE = 1_800_000_000, "https://login.acme.example", "leadrun", "the nonce"
CLAIMS: dict[str, Any] = {
    "iss": ISSUER,
    "sub": "42",
    "aud": CLIENT,
    "exp": NOW + 300,
    "iat": NOW,
    "nonce": NONCE,
    "email": "jane@acme.example",
}
NEW_KIND = {"kty": "AKP", "alg": "ML-DSA-44", "pub": "AA", "kid": "new"}


def _signed(key: Any = RSA, alg: str = "RS256", **changed: Any) -> str:
    claims = {name: value for name, value in (CLAIMS | changed).items() if value is not None}
    return jwt.encode({"alg": alg, "kid": "1"}, claims, key, algorithms=[alg])


def _read(token: str, keys: Any = (NEW_KIND, PUBLIC), **changed: Any) -> dict[str, Any]:
    given: dict[str, Any] = {
        "issuer": ISSUER,
        "client_id": CLIENT,
        "nonce": NONCE,
        "access_token": "",
        "now": NOW,
    } | changed
    return read_id_token(token, keys, **given)


def test_a_proper_token_is_read_among_keys_of_kinds_that_nobody_knows() -> None:
    assert _read(_signed()) == CLAIMS
    both = [CLIENT, "another"]
    assert _read(_signed(aud=both, azp=CLIENT))["aud"] == both
    elliptic = EC.as_dict(is_private=False) | {"kid": "1"}
    assert _read(_signed(EC, "ES256"), [elliptic])["sub"] == "42"


@pytest.mark.parametrize("change", [{"exp": NOW - 59}, {"iat": NOW + 59}, {"nbf": NOW + 59}])
def test_clocks_may_differ_by_a_minute(change: dict[str, Any]) -> None:
    assert _read(_signed(**change))


@each_row(
    ("change", "fault"),
    [
        ({"iss": "https://evil.example"}, IdentityFault.UNTRUSTED),
        ({"iss": f"{ISSUER}/"}, IdentityFault.UNTRUSTED),
        ({"iss": [ISSUER]}, IdentityFault.UNTRUSTED),
        ({"iss": None}, IdentityFault.UNTRUSTED),
        ({"aud": "another"}, IdentityFault.UNTRUSTED),
        ({"aud": None}, IdentityFault.UNTRUSTED),
        ({"aud": []}, IdentityFault.UNTRUSTED),
        ({"aud": [CLIENT, "another"], "azp": "another"}, IdentityFault.UNTRUSTED),
        ({"azp": "another"}, IdentityFault.UNTRUSTED),
        ({"nonce": "of another log-in"}, IdentityFault.UNTRUSTED),
        ({"nonce": None}, IdentityFault.UNTRUSTED),
        ({"sub": None}, IdentityFault.UNTRUSTED),
        ({"sub": ""}, IdentityFault.UNTRUSTED),
        ({"sub": 42}, IdentityFault.UNTRUSTED),
        ({"sub": "4" * 256}, IdentityFault.UNTRUSTED),
        ({"sub": "4\0"}, IdentityFault.UNTRUSTED),
        ({"exp": None}, IdentityFault.UNTRUSTED),
        ({"exp": "never"}, IdentityFault.UNTRUSTED),
        ({"at_hash": "of another"}, IdentityFault.UNTRUSTED),
        ({"exp": NOW - 61}, IdentityFault.CLOCK),
        ({"iat": NOW + 61}, IdentityFault.CLOCK),
        ({"nbf": NOW + 61}, IdentityFault.CLOCK),
    ],
)
def test_a_claim_that_does_not_fit_proves_nobody(change: dict[str, Any], fault: IdentityFault) -> None:
    with pytest.raises(IdentityError) as stopped:
        _read(_signed(**change), access_token="an access token")
    assert stopped.value.fault is fault


def _text(part: bytes) -> str:
    return base64.urlsafe_b64encode(part).rstrip(b"=").decode()


def _by_hand(alg: str, secret: bytes | None = None) -> str:
    """A token without a signature, or with an HMAC by a secret that libraries refuse to take for one."""
    body = ".".join(_text(json.dumps(one).encode()) for one in ({"alg": alg, "kid": "1"}, CLAIMS))
    return f"{body}.{_text(hmac.digest(secret, body.encode(), 'sha256')) if secret else ''}"


def test_a_signature_that_anybody_can_make_proves_nobody() -> None:
    # What is public is the secret of an HMAC: the key that the provider publishes, in each form.
    shared: dict[str, Any] = {"kty": "oct", "k": base64.urlsafe_b64encode(b"s" * 32).rstrip(b"=").decode(), "kid": "1"}
    body, _, _ = _signed().rpartition(".")
    for token, keys in (
        (_by_hand("none"), (PUBLIC,)),
        (_by_hand("None"), (PUBLIC,)),
        (_by_hand("RS256"), (PUBLIC,)),
        (_by_hand("HS256", RSA.as_pem(private=False)), (PUBLIC,)),
        (_by_hand("HS256", RSA.as_der(private=False)), (PUBLIC,)),
        (_signed(OctKey.import_key(shared), "HS256"), (shared, PUBLIC)),
        (_signed(OTHER), (PUBLIC,)),
        (_signed(), ()),
        (_signed(), ({**PUBLIC, "use": "enc"},)),
        (_signed(), ({**PUBLIC, "kid": "2"}, {**OTHER.as_dict(is_private=False), "kid": "3"})),
        (_signed(), ("no key", {"kty": "RSA"}, {"kty": "EC", "crv": "P-256", "x": "A", "y": "A"})),
        (f"{body}.", (PUBLIC,)),
        ("", (PUBLIC,)),
        ("a.b.c", (PUBLIC,)),
        ("\N{KELVIN SIGN}.é.x", (PUBLIC,)),
        (f"{body}.{'A' * 100_000}", (PUBLIC,)),
    ):
        with pytest.raises(IdentityError) as stopped:
            _read(token, keys)
        assert stopped.value.fault is IdentityFault.UNTRUSTED, token[:80]
