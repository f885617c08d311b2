"""Where a path serves both dialects, the specification keeps them apart: of its shapes exactly one fits."""

from typing import Any

import httpx
import jsonschema
import pytest

from app.api.openapi.document import specification
from app.api.operations import operations
from tests.api.door import PERSON, Door
from tests.api.ending import end_open

ENRICH = "/api/v1/enrich"
JOB = {"contacts": [{"first_name": "Jane", "last_name": "Smith", "domain": "acme.example"}]}


def fitting(shape: dict[str, Any], value: object) -> list[str]:
    """List the shapes of a `oneOf` that a value fits."""
    schemas = specification(operations())["components"]["schemas"]
    return [
        one["$ref"].rsplit("/", 1)[1]
        for one in schemas[shape["$ref"].rsplit("/", 1)[1]]["oneOf"]
        if jsonschema.Draft202012Validator(one | {"components": {"schemas": schemas}}).is_valid(value)
    ]


@pytest.mark.parametrize(
    ("body", "shape", "status"),
    [
        pytest.param(PERSON, ["RunRequest"], 202, id="one contact"),
        pytest.param(JOB, ["JobRequest"], 201, id="a job"),
        pytest.param(JOB | PERSON, ["JobRequest"], 201, id="a job with members of the other dialect"),
        pytest.param({"contacts": None} | PERSON, [], 400, id="null for contacts"),
        pytest.param({"contacts": []}, [], 400, id="no contacts"),
        pytest.param({"contacts": [PERSON]}, [], 400, id="a contact in the other dialect"),
    ],
)
async def test_a_body_is_of_one_dialect_at_most(
    client: httpx.AsyncClient, body: dict[str, Any], shape: list[str], status: int
) -> None:
    published = specification(operations())["paths"][ENRICH]["post"]["requestBody"]["content"]["application/json"][
        "schema"
    ]
    assert fitting(published, body) == shape
    assert (await client.post(ENRICH, json=body)).status_code == status


async def test_what_is_shown_at_an_id_is_a_run_or_a_job(client: httpx.AsyncClient, door: Door) -> None:
    operation = specification(operations())["paths"][ENRICH + "/{run_id}"]["get"]
    published = operation["responses"]["200"]["content"]["application/json"]["schema"]
    made = {shape: await client.post(ENRICH, json=body) for shape, body in (("Run", PERSON), ("Job", JOB))}
    for ended in (False, True):
        for shape, answer in made.items():
            body = (await client.get(answer.headers["location"])).json()
            assert fitting(published, body) == [shape]
            assert (body["status"] == "completed") is ended
        await end_open(door)
