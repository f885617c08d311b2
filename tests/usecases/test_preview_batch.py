"""Previews of batches: counted as an upload would count them, in bounded memory, and priced by the plan of the key."""

from itertools import chain, repeat

import msgspec
import pytest

from app.domain.contacts.contact import Contact
from app.domain.errors import InvalidInputError
from app.domain.runs.batch import MAX_ROWS, GivenRow
from app.domain.runs.lookup_options import LookupOptions
from app.domain.vocabulary import EnrichmentType
from app.providers.setup.registry import Registry
from app.services import Services
from app.settings.settings import ProviderSettings
from app.usecases.batches.portions import Rows
from app.usecases.batches.preview import MAX_CONTACTS, preview_batch
from tests.usecases.conftest import MakePrincipal
from tests.usecases.uploads import BAD, person


async def test_a_preview_counts_as_an_upload_does(services: Services, make_principal: MakePrincipal) -> None:
    principal = await make_principal()
    rows = Rows(each=chain(map(person, range(15)), repeat(BAD, 3), map(person, range(5))), columns=tuple)
    found = await preview_batch(services, principal, LookupOptions(type=EnrichmentType.ALL), rows)
    assert (found.total, found.rejected, found.duplicates) == (23, 3, 5)
    assert [one.row for one in found.contacts] == list(range(1, MAX_CONTACTS + 1))
    assert [(error.row, error.line) for error in found.errors] == [(16, 3), (17, 3), (18, 3)]
    unit = (await preview_batch(services, principal, LookupOptions(type=EnrichmentType.ALL), one_row())).credits_at_most
    assert found.credits_at_most == 15 * unit > 0


async def test_rows_that_nobody_can_look_up_cost_nothing_in_the_preview_either(
    services: Services, make_principal: MakePrincipal
) -> None:
    hunter = msgspec.structs.replace(services.settings, providers={"hunter": ProviderSettings(api_key="k")})
    asking = msgspec.structs.replace(services, registry=Registry(hunter))
    nameless = GivenRow(given={}, contact=Contact(company_domain="acme.example"))
    options, principal = LookupOptions(), await make_principal()
    found = await preview_batch(asking, principal, options, Rows(each=repeat(nameless, 3), columns=tuple))
    assert (found.unasked, found.credits_askable, found.credits_at_most > 0) == (3, 0, True)
    some = Rows(each=chain([nameless], map(person, range(4))), columns=tuple)
    mixed = await preview_batch(asking, principal, options, some)
    assert (mixed.unasked, mixed.credits_askable) == (1, 4 * found.credits_at_most)
    asking.registry.switch_off(["hunter"])
    off = await preview_batch(asking, principal, options, Rows(each=map(person, range(4)), columns=tuple))
    assert (off.unasked, off.credits_askable) == (4, 0)


def one_row() -> Rows:
    return Rows(each=iter([person(1)]), columns=tuple)


async def test_more_rows_than_a_batch_may_have_are_refused_before_they_are_read_to_the_end(
    services: Services, make_principal: MakePrincipal
) -> None:
    rows = Rows(each=repeat(person(1)), columns=tuple)
    with pytest.raises(InvalidInputError, match=f"at most {MAX_ROWS} rows"):
        await preview_batch(services, await make_principal(), LookupOptions(), rows)
