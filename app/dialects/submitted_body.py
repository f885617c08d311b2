"""Read the whole body of a submission, in any process: parse it, read its members, and digest it."""

import hashlib
import json
from typing import Any, Literal

import msgspec

from app.dialects.leadmodule.request import parse, parse_verification
from app.dialects.leadsonar.request import CONTACTS, JobDraft, parse_job, parse_lookup
from app.dialects.submission import SubmissionDraft
from app.domain.errors import FieldError
from app.domain.problems import MAX_PROBLEMS
from app.domain.vocabulary import EnrichmentType

BodyKind = Literal["enrich", "find-email", "find-phone", "verify-email"]
_FOUND = {"find-email": EnrichmentType.EMAIL, "find-phone": EnrichmentType.PHONE}


class SubmittedBody(msgspec.Struct, frozen=True, kw_only=True):
    """The content of a submission's body; only meaningful where it has no problem.

    Attributes:
        one: A submission of one contact or address; else it is a job.
        problems: The first faults, as many as an answer names.
        more: How many there are besides.
        members: The JSON object; None where another process has read it, which has digested it.
        digested: The digest then.
    """

    one: SubmissionDraft | None = None
    job: JobDraft | None = None
    problems: tuple[FieldError, ...] = ()
    more: int = 0
    members: dict[str, Any] | None = None
    digested: bytes = b""

    @property
    def submission(self) -> SubmissionDraft:
        """The submission of one contact or address.

        Raises:
            ValueError: It is a job.
        """
        if self.one is None:
            raise ValueError("the body is that of a job")
        return self.one

    def digest(self) -> bytes:
        """Digest the body so that order of members and white space do not matter (32 bytes, SHA-256)."""
        return self.digested if self.members is None else body_digest(self.members)


def is_job(members: dict[str, Any], kind: BodyKind) -> bool:
    """Return whether a body holds several contacts, which take a tenth of a second."""
    return kind == "enrich" and CONTACTS in members


def read_submitted(members: dict[str, Any], kind: BodyKind) -> SubmittedBody:
    """Read a body that `parse_object` has parsed; `webhookUrl` is not vetted."""
    one: SubmissionDraft | None = None
    job: JobDraft | None = None
    if is_job(members, kind):
        job, problems = parse_job(members)
    elif kind == "enrich":
        one, problems = parse(members)
    elif kind == "verify-email":
        one, problems = parse_verification(members)
    else:
        one, problems = parse_lookup(members, _FOUND[kind])
    return SubmittedBody(
        one=one,
        job=job,
        problems=tuple(problems[:MAX_PROBLEMS]),
        more=max(0, len(problems) - MAX_PROBLEMS),
        members=members,
    )


def body_digest(body: dict[str, Any]) -> bytes:
    """Digest a body so that order of members and white space do not matter (32 bytes, SHA-256)."""
    canonical = json.dumps(body, sort_keys=True, separators=(",", ":"), ensure_ascii=False, default=_parsed)
    return hashlib.sha256(canonical.encode()).digest()


def _parsed(value: msgspec.Raw) -> Any:  # noqa: ANN401 - any JSON
    return json.loads(bytes(value))


def write_read(body: SubmittedBody) -> bytes:
    """Write what was read for another process: as JSON, in which metadata stays as it is written."""
    digested = body.digest()
    return msgspec.json.encode(msgspec.structs.replace(body, members=None, digested=digested))


_DECODER = msgspec.json.Decoder(SubmittedBody)


def read_written(text: bytes) -> SubmittedBody:
    """Read what another process has written."""
    return _DECODER.decode(text)
