"""Every provider's account call against its cases: the documented request, and what its answers prove."""

from collections.abc import Callable
from pathlib import Path

import pytest

from app.providers.client.client import ProviderClient
from app.providers.client.http_exchange import HttpExchange
from app.providers.declaration.spec import Spec
from app.providers.setup.registry import Registry, load_specs
from app.settings.settings import ProviderSettings, Settings
from tests.play.clock import FrozenClock
from tests.providers.replay import CASES, KEY, SECRET, AccountCase, Vendor, account_paths, load_account

PATHS = [pytest.param(path, id=str(path.relative_to(CASES).with_suffix(""))) for path in account_paths()]
SPECS = load_specs()
KINDS: dict[str, Callable[[AccountCase], bool]] = {
    "valid": lambda case: case.expected.outcome == "works" and bool(case.expected.pools),
    "bad-key": lambda case: case.expected.trouble == "auth_error",
    "throttled": lambda case: case.expected.trouble == "rate_limited",
    "malformed": lambda case: case.expected.trouble == "malformed",
}


@pytest.mark.parametrize("path", PATHS)
async def test_an_account_call_proves_the_key_and_reads_what_is_left(path: Path) -> None:
    case, provider = load_account(path), path.parent.name
    vendor = Vendor(case.exchanges)
    async with vendor.listening() as url, HttpExchange() as http:
        own = ProviderSettings(api_key=KEY, api_secret=SECRET, base_url=url)
        registry = Registry(Settings(providers={provider: own}), [spec for spec in SPECS if spec.slug == provider])
        entry = registry.entry(provider)
        assert entry
        purse = await ProviderClient(http=http, clock=FrozenClock()).check(entry)

    assert vendor.complaints == []
    assert vendor.seen == len(case.exchanges), "a documented request was not made"
    assert purse.pools == case.expected.pools
    assert (purse.trouble.trouble.value if purse.trouble else None) == case.expected.trouble
    if purse.trouble is None:
        assert case.expected.outcome == "works"
    else:
        assert case.expected.retry_after in (None, purse.trouble.retry_after)
        assert KEY not in purse.trouble.reason


def missing_kinds(spec: Spec, found: list[AccountCase]) -> set[str]:
    """List the kinds of cases that an entry with an account call still needs."""
    if spec.balance is None:
        return set()
    return {kind for kind, fits in KINDS.items() if not any(fits(case) for case in found)}


@pytest.mark.parametrize("spec", [pytest.param(spec, id=spec.slug) for spec in SPECS])
def test_an_entry_with_an_account_call_has_a_case_of_every_kind(spec: Spec) -> None:
    found = [load_account(path) for path in account_paths(spec.slug)]

    assert missing_kinds(spec, found) == set()
    assert bool(found) == (spec.balance is not None)
    assert all(case.source.strip() for case in found)


@pytest.mark.parametrize("spec", [pytest.param(spec, id=spec.slug) for spec in SPECS if spec.balance])
def test_every_pool_of_an_account_is_read_by_a_case(spec: Spec) -> None:
    read = {name for path in account_paths(spec.slug) for name in load_account(path).expected.pools}

    assert read == spec.pools.keys()


def test_an_entry_with_an_account_call_and_no_cases_is_refused() -> None:
    hunter = next(spec for spec in SPECS if spec.slug == "hunter")

    assert missing_kinds(hunter, []) == KINDS.keys()
