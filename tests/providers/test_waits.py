"""When a vendor wants us to come again, in all the forms in which the sheets of the vendors say so."""

from datetime import timedelta
from typing import Any

import msgspec
import pytest

from app.providers.declaration.messages import NoValue, VendorResponse, header, look, read_response
from app.providers.declaration.retry_after import RetryAfterHint, read_retry_after
from tests.play.clock import FROZEN_AT


def reply(body: Any, status: int = 200, **headers: str) -> VendorResponse:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return read_response(status, named, msgspec.json.encode(body))


LATER = FROZEN_AT + timedelta(seconds=90)


@pytest.mark.parametrize(
    ("headers", "body", "waits", "expected"),
    [
        pytest.param({"retry_after": "7"}, {}, (RetryAfterHint(header="x-reset"),), 7, id="Retry-After counts first"),
        pytest.param({"retry_after": LATER.strftime("%a, %d %b %Y %H:%M:%S GMT")}, {}, (), 90, id="an HTTP date"),
        pytest.param({"x_reset": "12"}, {}, (RetryAfterHint(header="X-Reset"),), 12, id="seconds in a header"),
        pytest.param(
            {"x_reset": str(int(LATER.timestamp()))},
            {},
            (RetryAfterHint(header="x-reset", unit="epoch"),),
            90,
            id="epoch",
        ),
        pytest.param(
            {"x_reset": LATER.strftime("%Y-%m-%dT%H:%M:%SZ")},
            {},
            (RetryAfterHint(header="x-reset", unit="iso"),),
            90,
            id="UTC stamp",
        ),
        pytest.param({}, {"wait": 3.5}, (RetryAfterHint(path="wait"),), 3.5, id="a number in the body"),
        pytest.param(
            {},
            {"message": "Daily limit. Reset in 41 seconds"},
            (RetryAfterHint(path="message", like=r"reset in (\d+) second"),),
            41,
            id="a number within a text",
        ),
        pytest.param(
            {}, {"message": "slow down"}, (RetryAfterHint(path="message", like=r"(\d+) s"),), None, id="no such text"
        ),
        pytest.param(
            {},
            {},
            (RetryAfterHint(header="x-reset"), RetryAfterHint(seconds=60)),
            60,
            id="a constant where nothing is said",
        ),
        pytest.param(
            {"day_left": "0", "day_reset": "5000", "minute_reset": "9"},
            {},
            (RetryAfterHint(header="day-reset", when="day-left"), RetryAfterHint(header="minute-reset")),
            5000,
            id="the window that is used up",
        ),
        pytest.param(
            {"day_left": "17", "day_reset": "5000", "minute_reset": "9"},
            {},
            (RetryAfterHint(header="day-reset", when="day-left"), RetryAfterHint(header="minute-reset")),
            9,
            id="another window",
        ),
        pytest.param({"x_reset": "soon"}, {}, (RetryAfterHint(header="x-reset"),), None, id="nothing to read"),
    ],
)
def test_waits_are_read_in_the_forms_of_the_vendors(
    headers: dict[str, str], body: dict[str, Any], waits: tuple[RetryAfterHint, ...], expected: float | None
) -> None:
    assert read_retry_after(reply(body, 429, **headers), waits, FROZEN_AT) == expected


def test_a_header_is_found_in_any_case_and_missing_ones_are_nothing() -> None:
    seen = reply({}, X_Left="5")

    assert look(seen, header("x-LEFT")) == "5"
    assert look(seen, header("x-right")) is NoValue.MISSING
