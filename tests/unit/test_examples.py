"""The examples of the specification are bodies that the schemas of the dialects accept."""

from itertools import chain
from typing import Any

import msgspec

from app.api.accounts import caps, key_bodies, simulations, waterfall_bodies
from app.api.batches import quote_statistics
from app.api.providers import statistics
from app.api.runs import feedback, plan
from app.dialects.batches import quote
from app.dialects.batches import schemas as batches
from app.dialects.body_reader import read_body
from app.dialects.examples import EXAMPLES
from app.dialects.leadmodule import schemas as leadmodule
from app.dialects.leadsonar import schemas as leadsonar
from app.dialects.webhooks import schemas as webhooks
from app.domain.errors import FieldError
from tests.rows import each_row

_SCHEMAS = dict(
    chain.from_iterable(
        vars(module).items()
        for module in (
            *(leadmodule, leadsonar, webhooks, batches, key_bodies),
            *(feedback, caps, statistics, waterfall_bodies, plan, quote, quote_statistics, simulations),
        )
    )
)
# The others belong to schemas of the HTTP layer.
_ELSEWHERE = {"Usage", "CreditBalance", "Providers", "Live", "Ready"}


def schema_of(name: str) -> Any:
    """Return the Struct of an example by its published name."""
    return _SCHEMAS.get(f"{name}Body") or _SCHEMAS[name]


@each_row("name", sorted(EXAMPLES.keys() - _ELSEWHERE))
def test_an_example_is_a_body_of_its_schema_and_has_no_other_members(name: str) -> None:
    kind, example = schema_of(name), EXAMPLES[name]
    if name.endswith("Request"):
        faults: list[FieldError] = []
        assert read_body(kind, example, faults)
        assert faults == []
    else:
        assert msgspec.json.decode(msgspec.json.encode(example), type=kind)
    assert example.keys() <= {member.encode_name for member in msgspec.structs.fields(kind)}
