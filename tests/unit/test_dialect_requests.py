"""Requests of each dialect: what is read from a body, every fault by its path, and the warnings."""

from decimal import Decimal
from typing import Any

import msgspec
import pytest

from app.dialects import leadmodule, leadsonar
from app.dialects.leadmodule.request import parse
from app.dialects.leadsonar.request import parse_job, parse_lookup
from app.dialects.member_types import MAX_METADATA
from app.dialects.timestamp import NO_TIME
from app.dialects.webhooks.request import read_endpoint_change, read_new_endpoint, read_recovery
from app.domain.contacts.contact import Contact
from app.domain.errors import FieldError
from app.domain.runs.lookup_options import LookupOptions
from app.domain.vocabulary import FINDABLE, FINDS, EnrichmentType
from app.domain.webhooks.delivery import Event
from tests.rows import each_row

JANE = {"first_name": "Jane", "last_name": "Smith", "domain": "acme.example"}
NOBODY = "at least one of firstName, lastName, companyDomain, linkedInUrl is needed to look a person up"
BAD_DOMAIN = "'acme': it is no domain such as acme.example, URL or e-mail address of a company"
BAD_PROFILE = "'https://acme.example': it is no profile's address such as https://www.linkedin.com/in/janesmith"
URL = "https://hooks.example/in"


def by_path(faults: list[FieldError]) -> list[tuple[str, str]]:
    """Return faults as pairs."""
    return [(fault.field, fault.message) for fault in faults]


@pytest.mark.parametrize(
    ("members", "options"),
    [
        pytest.param({}, LookupOptions(type=EnrichmentType.EMAIL), id="nothing stated"),
        pytest.param({"metadata": None, "webhookUrl": ""}, LookupOptions(type=EnrichmentType.EMAIL), id="empty"),
        pytest.param(
            {
                "enrichmentType": "all", "providers": ["prospeo", "hunter"], "maxCostUsd": 0.1, "forceRefresh": True,
                "webhookUrl": URL, "metadata": {"a": 1},
            },
            LookupOptions(
                type=EnrichmentType.ALL,
                only_providers=("prospeo", "hunter"),
                max_cost_usd=Decimal("0.1"),
                force_refresh=True,
                webhook_url=URL,
                metadata=msgspec.Raw(b'{"a":1}'),
            ),
            id="all stated",
        ),
    ],
)  # fmt: skip
def test_a_submission_has_a_contact_and_its_options(members: dict[str, Any], options: LookupOptions) -> None:
    draft, faults = parse({"firstName": " Jane ", "companyDomain": "https://www.acme.example/"} | members)
    assert faults == []
    assert draft.contact == Contact(first_name="Jane", company_domain="acme.example")
    assert draft.options == options
    assert draft.warnings == ()


@each_row(
    ("members", "faults"),
    [
        pytest.param({}, [("", NOBODY)], id="no contact"),
        pytest.param(
            {"first_name": "Jane"}, [("", f"{NOBODY}; 'first_name' is called 'firstName' here")], id="other dialect"
        ),
        pytest.param({"firstName": 5}, [("firstName", "must be a string")], id="the only member is wrong"),
        pytest.param(
            {"linkedInUrl": "https://acme.example", "companyDomain": "acme"},
            [("companyDomain", BAD_DOMAIN), ("linkedInUrl", BAD_PROFILE)],
            id="two in the order of the members",
        ),
        pytest.param(
            {"firstName": "Jane", "metadata": {"a": "x" * MAX_METADATA}},
            [("metadata", f"must be at most {MAX_METADATA} bytes as JSON")],
            id="large metadata",
        ),
    ],
)
def test_every_fault_of_a_submission_is_named(members: dict[str, Any], faults: list[tuple[str, str]]) -> None:
    assert by_path(parse(members)[1]) == faults


def test_an_unknown_provider_is_answered_with_the_known_ones() -> None:
    ((path, message),) = by_path(parse({"firstName": "Jane", "providers": ["hunter", "nobody"]})[1])
    assert path == "providers[1]"
    assert message.startswith("is not a provider; known are ")
    assert "hunter" in message


@pytest.mark.parametrize("kind", FINDS)
def test_a_lookup_asks_for_the_kind_of_its_path(kind: EnrichmentType) -> None:
    draft, faults = parse_lookup(JANE | {"firstName": "x", "max_cost_usd": 0.0000014, "colour": 1}, kind)
    assert faults == []
    assert draft.contact == Contact(first_name="Jane", last_name="Smith", company_domain="acme.example")
    assert draft.options == LookupOptions(type=kind, max_cost_usd=Decimal("0.000001"))
    assert draft.warnings == (
        "unknown member 'firstName' was ignored; did you mean 'first_name'?",
        "unknown member 'colour' was ignored",
    )


def test_a_lookup_without_a_required_member_is_refused() -> None:
    faults = by_path(parse_lookup({"firstName": "Jane", "domain": "acme"}, EnrichmentType.EMAIL)[1])
    assert faults[0] == ("first_name", "is required; 'firstName' is called 'first_name' here")
    assert faults[-1] == ("domain", BAD_DOMAIN)


@each_row(
    ("fields", "kind"),
    [
        pytest.param(None, EnrichmentType.EMAIL, id="none"),
        pytest.param([], EnrichmentType.EMAIL, id="an empty list"),
        pytest.param(["email"], EnrichmentType.EMAIL, id="email"),
        pytest.param(["phone"], EnrichmentType.PHONE, id="phone"),
        pytest.param(["phone", "email"], EnrichmentType.ALL, id="both in any order"),
    ],
)
def test_the_fields_of_a_job_make_its_type(fields: list[str] | None, kind: EnrichmentType) -> None:
    draft, faults = parse_job({"contacts": [JANE], "fields": fields})
    assert faults == []
    assert draft.options.type is kind
    assert {field.value for field in FINDABLE} == {"email", "phone"}  # otherwise a type is missing


def test_a_job_keeps_its_contacts_as_given_and_warns_of_unknown_members_once() -> None:
    loud = JANE | {"domain": "WWW.ACME.EXAMPLE", "Company": "x", "colour": 2}
    draft, faults = parse_job({"contacts": [JANE, loud, loud], "size": 3})
    assert faults == []
    assert draft.contacts == (Contact(first_name="Jane", last_name="Smith", company_domain="acme.example"),) * 3
    assert [given["domain"] for given in draft.given] == ["acme.example", "WWW.ACME.EXAMPLE", "WWW.ACME.EXAMPLE"]
    assert all("colour" not in given for given in draft.given)
    assert draft.warnings == (
        "unknown member 'size' was ignored",
        "unknown member 'Company' was ignored in contacts[1] and 1 more",
        "unknown member 'colour' was ignored in contacts[1] and 1 more",
    )


@pytest.mark.parametrize(
    ("members", "events", "warnings"),
    [
        pytest.param(
            {"webhook_url": URL, "webhook_events": ["contact.completed"]}, ("contact.completed",), (), id="with a URL"
        ),
        pytest.param({"webhook_url": URL, "webhook_events": [Event.JOB.value]}, (), (), id="the end alone"),
        pytest.param(
            {"webhook_events": ["contact.completed"]},
            ("contact.completed",),
            ("webhook_events has no effect without webhook_url",),
            id="without a URL",
        ),
    ],
)
def test_a_job_may_post_each_contact(
    members: dict[str, Any], events: tuple[str, ...], warnings: tuple[str, ...]
) -> None:
    draft, faults = parse_job({"contacts": [JANE]} | members)
    assert faults == []
    assert (draft.webhook_events, draft.warnings) == (events, warnings)


def test_a_wrong_contact_of_a_job_is_named_by_its_index() -> None:
    _, faults = parse_job({"contacts": [JANE, "Jane", JANE | {"domain": "acme"}]})
    assert by_path(faults) == [("contacts[1]", "must be a JSON object"), ("contacts[2].domain", BAD_DOMAIN)]


@pytest.mark.parametrize("contacts", [None, [], "Jane", {}], ids=repr)
def test_a_job_without_contacts_is_refused(contacts: object) -> None:
    _, faults = parse_job({"contacts": contacts})
    assert [fault.field for fault in faults] == ["contacts"]


def test_both_dialects_name_the_webhook_alike_in_their_own_spelling() -> None:
    assert (leadmodule.request.WEBHOOK_URL, leadsonar.request.WEBHOOK_URL) == ("webhookUrl", "webhook_url")


def test_a_new_endpoint_needs_its_url_alone() -> None:
    body, faults, warnings = read_new_endpoint({"url": URL, "rate_limit": 5})
    assert faults == []
    assert (body.url, body.events, body.description, body.enabled, body.headers) == (URL, [], "", True, {})
    assert body.rate_limit is None
    assert warnings == ("unknown member 'rate_limit' was ignored; did you mean 'rateLimit'?",)


@each_row(
    ("members", "path", "message"),
    [
        pytest.param({"url": None}, "url", "is required", id="no URL"),
        pytest.param({"events": ["webhook.ping"]}, "events[0]", "must be one of ", id="an event that none may choose"),
        pytest.param({"headers": []}, "headers", "must be a JSON object of names and values", id="a list of headers"),
        pytest.param({"headers": dict.fromkeys(map(str, range(21)), "x")}, "headers", "must be at most 20", id="many"),
        pytest.param({"headers": {"Host": "x"}}, "headers.Host", "is a header that deliveries set", id="ours"),
        pytest.param({"headers": {"X-A": "1", "x-a": "2"}}, "headers.x-a", "is named twice", id="named twice"),
        pytest.param({"rateLimit": 0}, "rateLimit", "must be a whole number of attempts a second", id="no rate"),
    ],
)
def test_a_fault_of_an_endpoint_is_named(members: dict[str, Any], path: str, message: str) -> None:
    for faults in (
        read_new_endpoint({"url": URL} | members)[1],
        *([read_endpoint_change(members)[1]] if "url" not in members else []),
    ):
        assert [fault.field for fault in faults] == [path]
        assert faults[0].message.startswith(message)


@each_row(
    ("members", "faults"),
    [
        pytest.param({}, [], id="nothing changes"),
        pytest.param({"url": URL}, [], id="another URL"),
        pytest.param({"url": "", "enabled": "", "events": "", "rateLimit": ""}, [], id="empty texts"),
        pytest.param({"enabled": True, "replay": True}, [], id="enabled with a replay"),
        pytest.param({"replay": True}, [("replay", "is only possible together with `enabled: true`")], id="alone"),
        pytest.param(
            {"enabled": False, "replay": True},
            [("replay", "is only possible together with `enabled: true`")],
            id="a replay while it is disabled",
        ),
        pytest.param({"enabled": False, "replay": False}, [], id="no replay"),
    ],
)
def test_a_change_of_an_endpoint_is_checked(members: dict[str, Any], faults: list[tuple[str, str]]) -> None:
    assert by_path(read_endpoint_change(members)[1]) == faults


@pytest.mark.parametrize("since", ["2026-11-21T12:00:00Z", "2026-11-21T12:00:00.5+02:00"])
def test_a_recovery_begins_at_a_time_with_its_offset(since: str) -> None:
    body, faults, warnings = read_recovery({"since": since, "runid": "x"})
    assert (body.since, faults) == (since, [])
    assert warnings == ("unknown member 'runid' was ignored; did you mean 'runId'?",)


@pytest.mark.parametrize("since", ["2026-11-21T12:00:00", "yesterday", "2026-13-21T12:00:00Z"])
def test_a_recovery_is_refused_any_other_time(since: str) -> None:
    assert by_path(read_recovery({"since": since})[1]) == [("since", NO_TIME)]
