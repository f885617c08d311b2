"""Bodies of submissions read whole: of each kind, digested whatever their order, and handed between processes."""

from typing import Any

import msgspec
import pytest

from app.dialects.json_parser import parse_object
from app.dialects.leadmodule.request import parse_verification
from app.dialects.submitted_body import BodyKind, read_submitted, read_written, write_read
from app.domain.contacts.contact import Contact
from app.domain.problems import MAX_PROBLEMS
from app.domain.vocabulary import EnrichmentType

JANE = {"firstName": "Jane", "companyDomain": "acme.example"}
LOOKUP = {"first_name": "Jane", "last_name": "Smith", "domain": "acme.example"}


@pytest.mark.parametrize(
    ("members", "kind", "wanted"),
    [
        (JANE | {"enrichmentType": "all"}, "enrich", EnrichmentType.ALL),
        (LOOKUP, "find-email", EnrichmentType.EMAIL),
        (LOOKUP, "find-phone", EnrichmentType.PHONE),
        ({"email": "jane@acme.example"}, "verify-email", EnrichmentType.VERIFY),
    ],
)
def test_a_body_of_one_contact_is_a_submission(members: dict[str, Any], kind: BodyKind, wanted: EnrichmentType) -> None:
    body = read_submitted(members, kind)
    assert (body.problems, body.more, body.job) == ((), 0, None)
    assert body.submission.options.type is wanted
    assert body.submission.contact.company_domain == ("acme.example" if kind != "verify-email" else None)


def test_a_body_with_contacts_is_a_job_where_jobs_are_taken() -> None:
    members = {"contacts": [LOOKUP], "fields": ["phone"]}
    body = read_submitted(members, "enrich")
    assert body.problems == ()
    assert body.job is not None
    assert body.job.contacts == (Contact(first_name="Jane", last_name="Smith", company_domain="acme.example"),)
    with pytest.raises(ValueError, match="that of a job"):
        _ = body.submission
    assert read_submitted(members, "find-email").job is None


def test_the_first_faults_are_kept_and_the_others_counted() -> None:
    body = read_submitted({"contacts": [{}] * (MAX_PROBLEMS + 3)}, "enrich")
    # An empty contact lacks three members.
    assert (len(body.problems), body.more) == (MAX_PROBLEMS, 2 * MAX_PROBLEMS + 9)
    assert [fault.field for fault in body.problems[2:4]] == ["contacts[0].domain", "contacts[1].first_name"]


def test_the_digest_knows_members_and_metadata_and_no_order_or_blanks() -> None:
    def digest(text: bytes) -> bytes:
        return read_submitted(parse_object(text), "enrich").digest()

    one = digest(b'{"firstName":"J\\u00e4n","companyDomain":"acme.example","metadata":{"b":1,"a":[2]}}')
    assert len(one) == 32
    same = ' { "metadata": {"a": [2], "b": 1}, "companyDomain": "acme.example", "firstName": "Jän" } '
    assert digest(same.encode()) == one
    assert digest(same.replace("[2]", "[3]").encode()) != one
    assert digest(same.replace("Jän", "Jan").encode()) != one


@pytest.mark.parametrize(
    ("members", "kind"),
    [
        (JANE | {"metadata": msgspec.Raw(b'{"price":1.10}'), "maxCostUsd": 0.1}, "enrich"),
        ({"contacts": [LOOKUP, LOOKUP]}, "enrich"),
        ({"email": "nobody"}, "verify-email"),
    ],
)
def test_another_process_reads_what_was_read(members: dict[str, Any], kind: BodyKind) -> None:
    body = read_submitted(members, kind)
    other = read_written(write_read(body))
    assert (other.members, other.digest()) == (None, body.digest())
    assert msgspec.structs.replace(other, members=members, digested=b"") == body


@pytest.mark.parametrize(
    ("members", "faults"),
    [
        ({"email": " Jane@ACME.example "}, []),
        ({"email": "jane"}, ["email"]),
        ({"email": 3}, ["email"]),
        ({}, ["email"]),
        ({"email": "jane", "maxCostUsd": "x", "forceRefresh": 3}, ["email", "forceRefresh", "maxCostUsd"]),
    ],
)
def test_each_fault_of_a_verification_is_named_once(members: dict[str, Any], faults: list[str]) -> None:
    draft, found = parse_verification(members)
    assert [fault.field for fault in found] == faults
    assert faults or draft.contact.email == "jane@acme.example"


def test_unknown_members_of_a_verification_are_named() -> None:
    draft, faults = parse_verification({"email": "jane@acme.example", "mail": "x"})
    assert faults == []
    assert [warning.split(" was ignored")[0] for warning in draft.warnings] == ["unknown member 'mail'"]
