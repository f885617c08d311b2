"""Values of another person's company, and addresses of companies that write from another domain."""

from decimal import Decimal

import pytest

from app.domain.contacts.contact import Contact
from app.domain.vocabulary import Field, Mode
from app.domain.waterfall.answer import Candidate, Deliverability, Found, Rejected, judge
from app.domain.waterfall.attempt import Offer
from app.domain.waterfall.policy import inputs
from app.providers.client.client import ProviderClient
from app.providers.client.http_exchange import HttpExchange
from app.providers.setup.registry import Registry
from app.settings.reading import read_settings
from tests.play.clock import FrozenClock
from tests.providers.replay import KEY
from tests.providers.wire import JANE, Wire, answer, forget

NUMBER = "+12125550123"
ELSEWHERE = b'{"data": {"email": "%s", "verification": {"status": "%s"}}}'


@pytest.mark.parametrize(
    ("employer", "hit"),
    [
        pytest.param("other.example", False, id="another company"),
        pytest.param("https://www.other.example/about", False, id="another company's address"),
        pytest.param("acme.example", True, id="the same"),
        pytest.param("www.Acme.example", True, id="the same, written otherwise"),
        pytest.param("mail.acme.co.uk", True, id="of another country"),
        pytest.param("Acme Corporation", True, id="no domain"),
        pytest.param(None, True, id="untold"),
    ],
)
@pytest.mark.parametrize(("field", "value"), [(Field.PHONE, NUMBER), (Field.EMAIL, "jane.smith@acme.example")])
def test_values_of_somebody_at_another_company_are_not_hits(
    field: Field, value: str, employer: str | None, *, hit: bool
) -> None:
    judged = judge(field, Candidate(value=value, company_domain=employer), JANE)

    assert isinstance(judged, Found if hit else Rejected)


def test_where_no_company_was_asked_for_every_employer_will_do() -> None:
    nobody = Contact(linkedin_url="https://www.linkedin.com/in/jane-smith")

    assert isinstance(judge(Field.PHONE, Candidate(value=NUMBER, company_domain="other.example"), nobody), Found)


@pytest.mark.parametrize(
    ("address", "status", "hit"),
    [
        pytest.param("jane.smith@acme-group.example", "valid", True, id="valid elsewhere"),
        pytest.param("jane.smith@acme-group.example", "risky", False, id="catch-all elsewhere"),
        pytest.param("jane.smith@acme-group.example", "unknown", False, id="unknown elsewhere"),
        pytest.param("jane.smith@acme.example", "risky", True, id="at the company itself"),
        pytest.param("jane.smith@gmail.com", "valid", False, id="a private address"),
        pytest.param("info@acme-group.example", "valid", False, id="a role address"),
    ],
)
def test_only_a_valid_address_passes_at_another_domain_where_that_is_switched_on(
    address: str, status: str, *, hit: bool
) -> None:
    candidate = Candidate(value=address, status=Deliverability(status))

    assert isinstance(judge(Field.EMAIL, candidate, JANE, elsewhere=True), Found) is hit


def test_somebody_whom_the_vendor_knows_at_another_company_passes_in_no_case() -> None:
    candidate = Candidate(value="jane@other.example", status=Deliverability.VALID, company_domain="other.example")

    assert isinstance(judge(Field.EMAIL, candidate, JANE, elsewhere=True), Rejected)


@pytest.mark.parametrize(("setting", "outcome"), [("true", Found), ("false", Rejected)])
async def test_the_setting_lets_addresses_at_other_domains_pass(
    setting: str, outcome: type[Found] | type[Rejected]
) -> None:
    async with (
        Wire(answer(ELSEWHERE % (b"jane@acme-group.example", b"valid"))).listening() as url,
        HttpExchange() as http,
    ):
        settings = read_settings(
            {
                "LEADRUN_PROVIDER_HUNTER_API_KEY": KEY,
                "LEADRUN_PROVIDER_HUNTER_BASE_URL": url,
                "LEADRUN_ACCEPT_OTHER_DOMAINS": setting,
            }
        )
        registry = Registry(settings)
        asked = await ProviderClient(http=http, clock=FrozenClock()).ask(
            next(o for o in registry.offers(Mode.LIVE) if o.provider == "hunter"),
            JANE,
            inputs(JANE),
            mode=Mode.LIVE,
            patience=5,
            ticket=None,
            save_ticket=forget,
            fields=frozenset({Field.EMAIL}),
        )

    assert isinstance(asked.answer, outcome)


def prices(**own: str) -> dict[tuple[str, Field], Offer]:
    """Read the offers of two vendors as the operator's prices make them."""
    variables = {f"LEADRUN_PROVIDER_{name}": price for name, price in own.items()}
    keys = {f"LEADRUN_PROVIDER_{name}_API_KEY": KEY for name in ("PEOPLEDATALABS", "ROCKETREACH")}
    offers = Registry(read_settings(variables | keys)).offers(Mode.LIVE)
    return {(o.provider, o.field): o for o in reversed(offers)}


def test_each_field_has_its_own_list_price() -> None:
    listed = prices()

    assert listed["rocketreach", Field.EMAIL].price.success == Decimal("0.20")
    assert listed["rocketreach", Field.PHONE].price.success == Decimal("0.60")


def test_an_operators_price_can_be_of_one_field_alone() -> None:
    own = prices(ROCKETREACH_PRICE_SUCCESS="0.10", ROCKETREACH_PRICE_SUCCESS_PHONE="0.33")

    assert own["rocketreach", Field.EMAIL].price.success == Decimal("0.10")
    assert own["rocketreach", Field.PHONE].price.success == Decimal("0.33")


def test_prices_of_single_fields_add_up_where_one_call_buys_both() -> None:
    listed = prices()["peopledatalabs", Field.EMAIL]
    total = prices(PEOPLEDATALABS_PRICE_SUCCESS="0.20")["peopledatalabs", Field.EMAIL]
    parts = {"PEOPLEDATALABS_PRICE_SUCCESS_EMAIL": "0.05", "PEOPLEDATALABS_PRICE_SUCCESS_PHONE": "0.07"}

    assert listed.worst(frozenset(Field)) == Decimal("0.28")
    assert total.worst(frozenset(Field)) == Decimal("0.20")
    assert prices(**parts)["peopledatalabs", Field.EMAIL].worst(frozenset(Field)) == Decimal("0.12")


def test_the_price_of_a_call_can_be_of_one_field_alone() -> None:
    own = prices(ROCKETREACH_PRICE_CALL_PHONE="0.02")

    assert own["rocketreach", Field.EMAIL].price.call == 0
    assert own["rocketreach", Field.PHONE].price.call == Decimal("0.02")
