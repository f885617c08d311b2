"""The client's models say what the specification says, and read what is newer or older than it."""

import json
from datetime import UTC, datetime, timedelta, timezone
from types import NoneType, UnionType
from typing import Any, get_args, get_origin

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.dialects.examples import EXAMPLES
from leadrun import batches, events, models, plans, webhooks
from leadrun._inputs import DELIVERY_FILTERS, LIST_FILTERS, RUN_FILTERS, filters_of
from leadrun._json import build, members, read_time
from tests.clients.specification import SCHEMAS, SPECIFICATION, kinds

MODELS: dict[str, type[models.Model]] = {
    "Run": models.RunData,
    "RunResult": models.RunResult,
    "Validation": models.Validation,
    "RunFault": models.RunFault,
    "Attempt": models.Attempt,
    "EmailFound": models.EmailFound,
    "PhoneFound": models.PhoneFound,
    "CreditBalance": models.CreditBalance,
    "Provider": models.Provider,
    "Usage": models.Usage,
    "UsageRow": models.UsageRow,
    "Batch": batches.BatchData,
    "BatchAccepted": batches.BatchData,
    "BatchRowError": batches.RowFault,
    "BatchReading": batches.Reading,
    "ColumnFills": batches.ColumnUse,
    "BatchPreview": batches.BatchPreview,
    "RunPlan": plans.RunPlan,
    "Simulation": plans.Simulation,
    "PlanStep": plans.PlanStep,
    "Endpoint": webhooks.Endpoint,
    "Delivery": webhooks.Delivery,
    "RunEvent": models.RunData,
    "BatchEvent": batches.BatchData,
    "JobEvent": events.JobData,
    "Progress": events.JobProgress,
    "JobLine": events.JobLine,
    "JobMeta": events.JobMeta,
    "ContactEvent": events.ContactData,
    "EndpointDisabledEvent": events.EndpointNotice,
    "PingEvent": events.EndpointNotice,
}
# Members of one of the two schemas that a model is made for.
OF_THE_OTHER = {
    "Batch": {"accepted", "reading"},
    "BatchEvent": {"accepted", "reading"},
    "BatchAccepted": set(members(batches.BatchData)),
    "PingEvent": set(members(events.EndpointNotice)),
}


def _json_kinds(type_: Any) -> set[str]:
    """List the JSON types that a field is made for."""
    if get_origin(type_) is UnionType:
        return {kind for one in get_args(type_) for kind in _json_kinds(one)}
    known = {str: "string", datetime: "string", int: "integer", float: "number", bool: "boolean", NoneType: "null"}
    return {known.get(type_) or ("array" if get_origin(type_) is tuple else "object")}


@pytest.mark.parametrize("name", MODELS)
def test_a_model_has_members_of_the_specification(name: str) -> None:
    """The specification may have more: `raw` keeps what is newer than the client."""
    published, own = SCHEMAS[name]["properties"], members(MODELS[name])
    assert set(own) - set(published) <= OF_THE_OTHER.get(name, set())
    for member, schema in published.items():
        if member in own:
            assert kinds(schema) <= _json_kinds(own[member][1]), member


@pytest.mark.parametrize("name", [name for name in MODELS if name in EXAMPLES])
def test_the_published_example_is_read(name: str) -> None:
    example = json.loads(json.dumps(EXAMPLES[name]))
    read = build(MODELS[name], example | {"newer": [1]})
    assert read.raw["newer"] == [1]
    for member, (field, _) in members(MODELS[name]).items():
        value = getattr(read, field)
        if isinstance(example.get(member), str | int | bool) and not isinstance(value, datetime):
            assert value == example[member]


@pytest.mark.parametrize(
    "body",
    [
        pytest.param({"runId": "r", "status": "pending"}, id="the published 202"),
        pytest.param(
            {"runId": "r", "status": "completed", "resultStatus": "found", "result": {"email": "a"}}, id="short"
        ),
        pytest.param({"runId": "r", "status": "completed", "result": None}, id="null"),
        pytest.param({"runId": "r", "status": "completed", "result": "odd"}, id="another type"),
        pytest.param({"runId": "r", "status": "completed", "createdAt": "yesterday"}, id="no time"),
        pytest.param({"runId": "r", "status": "completed", "creditsUsed": "1"}, id="a number as text"),
        pytest.param({"runId": "r", "status": "thinking"}, id="a status that is newer"),
    ],
)
def test_what_is_older_or_newer_is_read(body: dict[str, Any]) -> None:
    run = build(models.RunData, body)
    assert run.run_id == "r"
    assert run.ended == (body["status"] == "completed")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("2026-11-21T21:20:27Z", datetime(2026, 11, 21, 21, 20, 27, tzinfo=UTC), id="seconds"),
        pytest.param("2026-11-21T21:20:27.5Z", datetime(2026, 11, 21, 21, 20, 27, 500000, UTC), id="one digit"),
        pytest.param(
            "2026-11-21T21:20:27.123456789Z", datetime(2026, 11, 21, 21, 20, 27, 123456, UTC), id="nine digits"
        ),
        pytest.param("2026-11-21t21:20:27z", datetime(2026, 11, 21, 21, 20, 27, tzinfo=UTC), id="small letters"),
        pytest.param(
            "2026-11-21T21:20:27-05:30",
            datetime(2026, 11, 21, 21, 20, 27, tzinfo=timezone(-timedelta(hours=5, minutes=30))),
            id="an offset",
        ),
        pytest.param("2026-11-21T21:20:27", "2026-11-21T21:20:27", id="no zone stays a text"),
        pytest.param("2026-13-21T21:20:27Z", "2026-13-21T21:20:27Z", id="no month stays a text"),
        pytest.param("2026-11-21", "2026-11-21", id="a day stays a text"),
        pytest.param("", "", id="empty"),
    ],
)
def test_times_are_read(text: str, expected: object) -> None:
    assert read_time(text) == expected


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)


@given(st.dictionaries(st.sampled_from([*members(models.RunData), "other"]), _JSON))
def test_no_answer_is_too_odd_to_be_read(body: dict[str, Any]) -> None:
    run = build(models.RunData, {"runId": "r", "status": "x"} | body)
    assert run.raw == {"runId": "r", "status": "x"} | body
    assert run.ended == (run.status in list(models.ENDED))
    assert run.email is None or run.result


@pytest.mark.parametrize(
    ("path", "known"),
    [
        ("/runs", RUN_FILTERS),
        ("/jobs", LIST_FILTERS),
        ("/batches", LIST_FILTERS),
        ("/webhooks/deliveries", DELIVERY_FILTERS),
    ],
)
def test_the_filters_are_those_of_the_specification(path: str, known: tuple[str, ...]) -> None:
    published = {one["name"] for one in SPECIFICATION["paths"][f"/api/v1{path}"]["get"]["parameters"]}
    assert set(filters_of(dict.fromkeys(known, "x"), known, 1)) == published - {"cursor"}
