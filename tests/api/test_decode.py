"""The strict reading of bodies and headers, table by table."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from app.dialects.json_parser import MAX_DEPTH, parse_json
from app.dialects.leadmodule.request import parse
from app.dialects.leadsonar.request import parse_job
from app.domain.errors import InvalidInputError
from app.domain.runs.lookup_options import LookupOptions

JANE = {"firstName": "Jane", "companyDomain": "acme.example"}


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b"", id="empty"),
        pytest.param(b"{", id="cut off"),
        pytest.param(b'{"a": 1} x', id="trailing garbage"),
        pytest.param(b'{"a": 1}{"b": 2}', id="two values"),
        pytest.param(b'{"a": 1,}', id="trailing comma"),
        pytest.param(b"{'a': 1}", id="single quotes"),
        pytest.param(b'{"a": NaN}', id="NaN"),
        pytest.param(b'{"a": -Infinity}', id="Infinity"),
        pytest.param(b'{"a": 1e999}', id="out of range"),
        pytest.param(b'{"a": ' + b"9" * 5000 + b"}", id="too many digits"),
        pytest.param(b'{"a": "\xff"}', id="not UTF-8"),
        pytest.param(b'\xef\xbb\xbf{"a": 1}', id="byte order mark"),
        pytest.param('{"a": 1}'.encode("utf-16"), id="UTF-16"),
        pytest.param(b'{"a": "\\ud800"}', id="half a surrogate pair"),
        pytest.param(b'{"a": {"\\udfff": 1}}', id="half a pair in a name"),
        pytest.param(b'{"a": ["x\\u0000y"]}', id="NUL"),
        pytest.param(b'{"a": "x\x00y"}', id="raw control character"),
        pytest.param(b'{"a": 1, "a": 2}', id="member twice"),
        pytest.param(b'{"m": {"a": 1, "b": 2, "a": 1}}', id="inner member twice"),
        pytest.param(b"[" * 100 + b"]" * 100, id="deep lists"),
        pytest.param(b'{"a":' * 100_000 + b"1" + b"}" * 100_000, id="very deep objects"),
    ],
)
def test_what_is_ambiguous_or_cannot_be_kept_is_refused(body: bytes) -> None:
    with pytest.raises(InvalidInputError) as refusal:
        parse_json(body)
    assert len(refusal.value.problems) == 1


@pytest.mark.parametrize(
    ("body", "advice"),
    [
        pytest.param(b" \r\n", "the body is empty; send a JSON object", id="empty"),
        pytest.param(b"\xef\xbb\xbf{}", "send UTF-8 without one", id="byte order mark"),
    ],
)
def test_a_body_that_looks_right_or_is_not_there_says_what_to_send(body: bytes, advice: str) -> None:
    with pytest.raises(InvalidInputError, match=advice):
        parse_json(body)


@pytest.mark.parametrize(
    ("body", "value"),
    [
        pytest.param(b'{"a": "\\ud83d\\ude00"}', {"a": "😀"}, id="a whole surrogate pair"),
        pytest.param(b'{"a": "\\\\u0000"}', {"a": "\\u0000"}, id="an escaped backslash"),
        pytest.param(b'{"a": 1e2, "b": 18446744073709551616}', {"a": 100.0, "b": 2**64}, id="numbers"),
        pytest.param(b'\r\n {"a": null}\t', {"a": None}, id="white space"),
        pytest.param(b"[" * MAX_DEPTH + b"]" * MAX_DEPTH, None, id="just not too deep"),
        pytest.param(b"[" + b",".join([b"{}"] * 500) + b"]", None, id="wide is not deep"),
    ],
)
def test_proper_json_is_read_as_it_is(body: bytes, value: object) -> None:
    parsed = parse_json(body)
    assert value is None or parsed == value


@pytest.mark.parametrize(
    ("member", "value"),
    [
        pytest.param("firstName", 1, id="number for text"),
        pytest.param("firstName", True, id="flag for text"),
        pytest.param("lastName", ["Smith"], id="list for text"),
        pytest.param("lastName", "x" * 201, id="long name"),
        pytest.param("companyDomain", "x" * 3000, id="long domain"),
        pytest.param("enrichmentType", "EMAIL", id="type in capitals"),
        pytest.param("enrichmentType", 1, id="type a number"),
        pytest.param("forceRefresh", 1, id="number for a flag"),
        pytest.param("forceRefresh", "true", id="text for a flag"),
        pytest.param("webhookUrl", {}, id="object for a URL"),
        pytest.param("metadata", "x", id="text for metadata"),
        pytest.param("metadata", {"x": "y" * 4096}, id="metadata too large"),
        pytest.param("providers", "hunter", id="text for a list"),
        pytest.param("maxCostUsd", "0.05", id="text for a number"),
        pytest.param("maxCostUsd", True, id="flag for a number"),
        pytest.param("maxCostUsd", -1, id="negative"),
        pytest.param("maxCostUsd", 1e-9, id="too small to keep"),
        pytest.param("maxCostUsd", 10**30, id="absurd"),
    ],
)
def test_a_wrong_member_is_named(member: str, value: Any) -> None:
    _, problems = parse({**JANE, member: value})
    assert [p.field for p in problems] == [member]


@pytest.mark.parametrize(
    "body",
    [
        pytest.param({}, id="nothing"),
        pytest.param({"firstName": None}, id="null"),
        pytest.param({"firstName": "  ", "companyDomain": ""}, id="blank"),
        pytest.param({"enrichmentType": "phone", "metadata": {"a": 1}}, id="nobody named"),
    ],
)
def test_a_body_that_names_nobody_is_refused_as_a_whole(body: dict[str, Any]) -> None:
    _, problems = parse(body)
    assert [p.field for p in problems] == [""]
    assert "firstName" in problems[0].message


def test_null_counts_as_absent_everywhere() -> None:
    draft, problems = parse(
        {**JANE, "lastName": None, "enrichmentType": None, "forceRefresh": None, "webhookUrl": None,
         "metadata": None, "providers": None, "maxCostUsd": None},
    )  # fmt: skip
    assert problems == []
    assert draft.options == LookupOptions()


def test_everything_is_translated() -> None:
    draft, problems = parse(
        {**JANE, "enrichmentType": "all", "forceRefresh": True, "webhookUrl": "https://hook.example/x",
         "metadata": {"a": 1}, "providers": ["dropcontact", "hunter"], "maxCostUsd": 0.05},
    )  # fmt: skip
    assert problems == []
    assert draft.options.only_providers == ("dropcontact", "hunter")
    assert draft.options.max_cost_usd == Decimal("0.05")
    assert draft.options.webhook_url == "https://hook.example/x"


@pytest.mark.parametrize(
    ("read", "body", "problems"),
    [
        pytest.param(
            parse,
            {"first_name": "Jane", "domain": "acme.example"},
            {
                "": "at least one of firstName, lastName, companyDomain, linkedInUrl is needed to look a person up"
                "; 'first_name' is called 'firstName' here; 'domain' is called 'companyDomain' here"
            },
            id="LeadSonar's names in a LeadModule body",
        ),
        pytest.param(
            parse_job,
            {"contacts": [{"firstName": "Jane", "LAST_NAME": "Smith", "companyDomain": "acme.example"}]},
            {
                "contacts[0].first_name": "is required; 'firstName' is called 'first_name' here",
                "contacts[0].last_name": "is required; 'LAST_NAME' is called 'last_name' here",
                "contacts[0].domain": "is required; 'companyDomain' is called 'domain' here",
            },
            id="LeadModule's names in a job",
        ),
        pytest.param(
            parse_job,
            {"contacts": [{"x": 1, "last_name": "S", "domain": "acme.example"}]},
            {"contacts[0].first_name": "is required"},
            id="nothing like it",
        ),
    ],
)
def test_who_speaks_the_other_dialect_is_told_the_names(
    read: Callable[..., Any], body: dict[str, Any], problems: dict[str, str]
) -> None:
    assert {p.field: p.message for p in read(body)[1]} == problems


def test_a_name_of_the_other_dialect_is_guessed_where_it_is_ignored() -> None:
    draft, problems = parse({"firstName": "Jane", "domain": "acme.example"})
    assert not problems
    assert draft.warnings == ("unknown member 'domain' was ignored; did you mean 'companyDomain'?",)
