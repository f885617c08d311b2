"""Empty texts of tools without code, which send one for each field that nobody filled in: they count as absent."""

from typing import Any

import msgspec
import pytest

from app.api.batches.options import read_options
from app.dialects.batches.schemas import BatchOptionsBody
from app.dialects.body_reader import names_of, read_body
from app.dialects.leadmodule.request import parse
from app.dialects.leadmodule.schemas import RunRequestBody
from app.dialects.leadsonar.request import parse_job, parse_lookup
from app.dialects.leadsonar.schemas import ContactRequestBody, JobRequestBody, LookupRequestBody
from app.dialects.webhooks.request import read_endpoint_change
from app.dialects.webhooks.schemas import EndpointChangeBody, EndpointRequestBody, RecoverRequestBody
from app.domain.contacts.contact import RawContact
from app.domain.errors import FieldError
from app.domain.vocabulary import EnrichmentType

CONTACT = {"first_name": "Jane", "last_name": "Smith", "domain": "acme.example"}
REQUIRED: dict[type[msgspec.Struct], dict[str, Any]] = {
    RunRequestBody: {},
    ContactRequestBody: CONTACT,
    LookupRequestBody: CONTACT,
    JobRequestBody: {"contacts": [CONTACT]},
    BatchOptionsBody: {},
    EndpointRequestBody: {"url": "https://hooks.example/in"},
    EndpointChangeBody: {},
    RecoverRequestBody: {"since": "2026-11-21T12:00:00Z"},
    RawContact: {},
}
# An empty description is one: it removes the one that was there.
KEPT = {(EndpointRequestBody, "description"), (EndpointChangeBody, "description")}
OPTIONAL = [
    pytest.param(kind, names_of(kind)[field.name], id=f"{kind.__name__}.{field.name}")
    for kind in REQUIRED
    for field in msgspec.structs.fields(kind)
    if not field.required and (kind, field.name) not in KEPT
]


@pytest.mark.parametrize("text", ["", " ", "\t\u00a0", "\u200b"], ids=ascii)
@pytest.mark.parametrize(("kind", "name"), OPTIONAL)
def test_an_empty_text_is_as_good_as_no_member(kind: type[msgspec.Struct], name: str, text: str) -> None:
    faults: list[FieldError] = []
    absent = read_body(kind, REQUIRED[kind], faults)
    assert read_body(kind, REQUIRED[kind] | {name: text}, faults) == absent
    assert faults == []


def test_all_members_of_a_form_may_be_empty_at_once() -> None:
    names = [name for name in names_of(RunRequestBody).values() if name != "fullName"]
    draft, faults = parse(dict.fromkeys(names, "") | {"fullName": "Jane Smith"})
    assert faults == []
    assert draft == parse({"fullName": "Jane Smith"})[0]
    empty = dict.fromkeys(names_of(LookupRequestBody).values(), "")
    found, faults = parse_lookup(empty | CONTACT, EnrichmentType.EMAIL)
    assert (found, faults) == parse_lookup(CONTACT, EnrichmentType.EMAIL)
    job = dict.fromkeys(names_of(JobRequestBody).values(), "") | {"contacts": [CONTACT | {"linkedin_url": ""}]}
    assert parse_job(job)[1] == []


@pytest.mark.parametrize("name", ["first_name", "last_name", "domain"])
def test_an_empty_text_of_a_required_member_is_refused(name: str) -> None:
    _, faults = parse_lookup(CONTACT | {name: ""}, EnrichmentType.EMAIL)
    assert [(fault.field, fault.message) for fault in faults] == [(name, "is required")]


@pytest.mark.parametrize("providers", [[], None, ""], ids=repr)
def test_an_empty_list_of_providers_restricts_nothing(providers: object) -> None:
    run, run_faults = parse({"fullName": "Jane Smith", "providers": providers})
    lookup, lookup_faults = parse_lookup(CONTACT | {"providers": providers}, EnrichmentType.EMAIL)
    job, job_faults = parse_job({"contacts": [CONTACT], "providers": providers})
    batch, batch_faults = read_options({}, {"providers": providers})
    assert run_faults == lookup_faults == job_faults == batch_faults == []
    assert [one.options.only_providers for one in (run, lookup, job, batch)] == [None] * 4


def test_an_empty_list_of_fields_counts_as_absent() -> None:
    for query, kind in (({}, EnrichmentType.EMAIL), ({"fields": ["phone"]}, EnrichmentType.PHONE)):
        said, faults = read_options(query, {"fields": []})
        assert (said.options.type, faults) == (kind, [])


@pytest.mark.parametrize("text", ["", " ", None], ids=repr)
def test_an_empty_option_of_a_batch_does_not_overrule_its_query(text: str | None) -> None:
    query = {
        "force_refresh": True,
        "enrichment_type": "phone",
        "max_cost_usd": 0.5,
        "webhook_url": "https://x.example/",
    }
    said, faults = read_options(query, dict.fromkeys(query, text))
    assert faults == []
    assert (said, faults) == read_options(query, {})


@pytest.mark.parametrize(
    "body",
    [
        pytest.param({"webhookUrl": "", "webhook_url": "https://x.example/"}, id="the first is empty"),
        pytest.param({"webhookUrl": "https://x.example/", "webhook_url": ""}, id="the second is empty"),
    ],
)
def test_an_empty_spelling_does_not_contradict_the_other(body: dict[str, str]) -> None:
    said, faults = read_options({}, body)
    assert faults == []
    assert said.options.webhook_url == "https://x.example/"


def test_an_empty_type_does_not_contradict_the_fields() -> None:
    said, faults = read_options({}, {"fields": ["phone"], "enrichment_type": ""})
    assert (said.options.type, said.warnings, faults) == (EnrichmentType.PHONE, (), [])


def test_an_empty_description_removes_the_one_there_was() -> None:
    body, faults, _ = read_endpoint_change({"description": "", "url": ""})
    assert (body.description, body.url, faults) == ("", None, [])
