"""Successes that say no more than any program does: no person, and not that there is none."""

import re

from app.providers.declaration.gateways import is_worded
from app.providers.declaration.messages import NoValue, VendorResponse, is_nothing, look, only
from app.providers.declaration.verdicts import VerdictRule

# Members of error messages and health checks, in which no person can be.
_ANYBODYS = frozenset(
    ("message", "error", "errors", "detail", "details", "title", "status", "success", "ok", "code", "type", "timestamp")
)
# What a vendor says of a person whom it does not know, and not of a key or an account.
_NOBODY = re.compile(
    r"(?!.*\b(?:key|token|account|credit)s?\b)(?=not found\W*$|.*\b(?:e ?mail|phone|mobile|number|contact|person|people"
    r"|profile|result|data|match|matche)s?\b).*\b(?:no\b.*|not (?:be )?)found\b",
    re.IGNORECASE,
)


def is_blank(reply: VendorResponse, line: VerdictRule) -> bool:
    """Check whether a success has only members of error messages and health checks, and none that the line reads.

    Where the line says that its member may be absent, words of no person are the vendor's.
    """
    body = only(reply.body)
    if not isinstance(body, dict) or not body or not body.keys() <= _ANYBODYS:
        return False
    said = [body[name] for name in ("message", "status") if isinstance(body.get(name), str)]
    if line.test in {"absent", "missing"} and any(_NOBODY.match(re.sub(r"[-_\s]+", " ", text)) for text in said):
        return is_worded(body)
    read = look(reply, line.path) if isinstance(line.path, str) and line.path else None
    return isinstance(read, NoValue) or is_nothing(read)
