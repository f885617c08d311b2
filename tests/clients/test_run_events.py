"""The events of a run by the Python client: any text, and a key that is revoked meanwhile."""

from typing import Any

import pytest

from leadrun import AsyncLeadrun, Leadrun, Run, errors
from leadrun._transport import DividedLines
from tests.contract.played import DOMAIN
from tests.contract.standing import Standing

ADA: dict[str, Any] = {"first_name": "Ada", "last_name": "Lovell"}

# Characters at which `str.splitlines` divides and JSON need not escape.
ODD = {"note": "next\x85line\u2028paragraph\u2029end"}


def test_events_hold_any_text(client: Leadrun) -> None:
    run = client.enrich(**ADA, company_domain=DOMAIN, metadata=ODD)
    *_, last = run.events()
    assert isinstance(last, Run)
    assert last.metadata == ODD


def test_a_revoked_key_ends_events_with_its_error(stood: Standing) -> None:
    issued = stood.new_key(account="revoked", amount=1)
    client = Leadrun(issued.api_key, stood.url)
    stood.hold()
    try:
        events = client.submit(**ADA, company_domain=DOMAIN).events()
        assert isinstance(next(events), Run)
        stood.revoke(issued.id)
        with pytest.raises(errors.AuthenticationError):
            list(events)
    finally:
        stood.release()


@pytest.mark.parametrize("size", [1, 3, 100])
def test_lines_are_divided_at_line_ends_alone(size: int) -> None:
    sent = "data: a\u2028\x85\x0b\x0c\x1ce\r\n\ndata: \u00e4\n\nrest".encode()
    divided = DividedLines()
    lines = [line for at in range(0, len(sent), size) for line in divided.feed(sent[at : at + size])]
    assert lines == ["data: a\u2028\x85\x0b\x0c\x1ce", "", "data: \u00e4", ""]


async def test_events_hold_any_text_in_the_asynchronous_client(async_client: AsyncLeadrun) -> None:
    run = await async_client.submit(**ADA, company_domain=DOMAIN, metadata=ODD)
    done = await run.wait()
    assert [event async for event in run.events()][-1] == done
    assert done.metadata == ODD
