"""Content codings (RFC 9110, section 8.4.1): a body compressed in each, and the one that a request prefers."""

import gzip
import re
from collections.abc import Iterable, Mapping
from types import MappingProxyType

import brotli

IDENTITY = "identity"
# The smallest first: it is taken where a client likes several alike.
_CODINGS = ("br", "gzip")
# For our specification a seventh larger than at 11, the highest, which takes 47 times the CPU; anyone may ask for a new
# one by naming another `Host`.
_BROTLI_QUALITY = 5
# Of RFC 9110, section 12.4.2.
_ELEMENT = re.compile(
    r"(?P<coding>[^\s;]+)(?:[ \t]*;[ \t]*q=(?P<weight>0(?:\.\d{0,3})?|1(?:\.0{0,3})?))?", re.ASCII | re.IGNORECASE
)


def compress(body: bytes) -> Mapping[str, bytes]:
    """Return a body by coding, as it is (`identity`) among them; the same bytes for the same body."""
    return MappingProxyType({coding: encoded(body, coding) for coding in (*_CODINGS, IDENTITY)})


def encoded(body: bytes, coding: str) -> bytes:
    """Return a body in one of the codings of `preferred_coding`."""
    if coding == IDENTITY:
        return body
    if coding == "gzip":
        return gzip.compress(body, compresslevel=6, mtime=0)
    return bytes(brotli.compress(body, quality=_BROTLI_QUALITY))


def preferred_coding(accepted: Iterable[str]) -> str:
    """Choose among the codings of `compress` by the values of a request's `Accept-Encoding` (RFC 9110, section 12.5.3).

    Parts that are malformed are ignored. Without a coding that the client takes it is `identity`, also where the client
    excludes that: such an answer can still be read, and a refusal helps nobody.
    """
    weights = {}
    for part in ",".join(accepted).split(","):
        if element := _ELEMENT.fullmatch(part.strip(" \t")):
            weights[element["coding"].lower()] = float(element["weight"] or 1)
    others = weights.get("*", 0.0)
    best = max(_CODINGS, key=lambda coding: weights.get(coding, others))
    weight = weights.get(best, others)
    return best if weight > 0 and weight >= weights.get(IDENTITY, 0) else IDENTITY
