"""The words of the vocabulary that read an answer: candidates, preferences, amounts, switches."""

from decimal import Decimal
from typing import Any

import msgspec
import pytest

from app.domain.contacts.contact import Contact
from app.domain.vocabulary import Field, Mode
from app.domain.waterfall.answer import Answer, Failed, Found, Miss, PhoneType, Trouble
from app.domain.waterfall.attempt import Price
from app.domain.waterfall.policy import inputs, make_plan, next_step
from app.providers.client.interpret import CallResult, conclude, cost, read_values, rule
from app.providers.declaration.finder import Charge
from app.providers.declaration.messages import VendorResponse, header, read_response
from app.providers.declaration.spec import Auth, Finder, Spec, Values, charge, get, on, usd
from app.providers.setup.configured_route import ConfiguredRoute
from app.providers.setup.registry import Registry
from app.settings.settings import ProviderSettings, Settings
from tests.play.clock import FROZEN_AT

JANE = Contact(first_name="Jane", last_name="Smith", company_domain="acme.example", region="US")
ASK = get("/find")


def reply(body: Any, status: int = 200, **headers: str) -> VendorResponse:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return read_response(status, named, msgspec.json.encode(body))


def read(values: Values, body: Any, field: Field = Field.EMAIL) -> Answer:
    return read_values(reply(body), values, field, JANE).answer


def value_of(answer: Answer) -> str | None:
    return answer.value if isinstance(answer, Found) else None


def test_preferred_kinds_come_first_among_equal_grades() -> None:
    values = Values(at=("phones",), value=("number",), prefer=("type", ("mobile", "direct_dial")))
    numbers = [("work", "+12125550123"), ("Direct-Dial", "+12125550124"), ("MOBILE", "+12125550125")]
    body = {"phones": [{"type": kind, "number": number} for kind, number in numbers]}

    assert value_of(read(values, body, Field.PHONE)) == "+12125550125"
    assert value_of(read(values, {"phones": body["phones"][:2]}, Field.PHONE)) == "+12125550124"


def test_an_address_at_the_asked_domain_comes_before_one_at_a_sister_domain() -> None:
    values = Values(at=("emails",))

    assert value_of(read(values, {"emails": ["jane@mail.acme.example", "jane@acme.example"]})) == "jane@acme.example"


def test_a_better_grade_counts_more_than_the_asked_domain() -> None:
    values = Values(at=("e",), value=("email",), grade="s", grades={"ok": "valid"})
    body = {"e": [{"email": "jane@acme.example", "s": "?"}, {"email": "jane@mail.acme.example", "s": "ok"}]}

    assert value_of(read(values, body)) == "jane@mail.acme.example"


@pytest.mark.parametrize("withheld", [True, False, [True], {"email": True}])
def test_a_flag_in_place_of_a_value_is_a_miss_only_where_the_vendor_documents_flags(withheld: object) -> None:
    plain, flags = (Values(at=("email",), value=("", "email"), flags=flag) for flag in (False, True))

    assert read(flags, {"email": withheld}) == Miss()
    assert isinstance(read(plain, {"email": withheld}), Failed)


def test_only_reads_a_flag_that_is_set() -> None:
    values = Values(at=("m",), value=("email",), only=("revealed", (True,)))

    given: tuple[object, ...] = (True, 1, "1", "yes")
    for flag in given:
        assert isinstance(read(values, {"m": {"email": "jane@acme.example", "revealed": flag}}), Found)
    unset: tuple[object, ...] = (False, None, 0, "0", 2, "no", "true story", [True])
    for flag in unset:
        assert read(values, {"m": {"email": "jane@acme.example", "revealed": flag}}) == Miss()


def test_the_documented_kind_of_line_counts_where_the_answer_names_none() -> None:
    values = Values(at=("phone",), line="mobile")

    answer = read(values, {"phone": "+12125550123"}, Field.PHONE)
    assert isinstance(answer, Found)
    assert answer.phone_type is PhoneType.MOBILE


def test_a_final_server_error_is_no_reason_to_poll_again() -> None:
    given_up = reply({"status": "ABORTED"})
    (offer,) = registry(finder()).offers(Mode.LIVE)
    result = concluded(offer, given_up)

    assert isinstance(result.answer, Failed)
    assert result.answer.trouble is Trouble.SERVER_ERROR
    assert "ABORTED" not in result.answer.reason


def finder(name: str = "person", **more: Any) -> Finder:
    table = (on(200, "given_up", "status", among=("ABORTED",)), on(404, "miss"), on(200, "answer", "", "object"))
    made: dict[str, Any] = {
        "ways": ((name, "first_name"),),
        "request": ASK,
        "verdicts": table,
        "values": Values(at=("email",)),
        "price": usd(success="0.10"),
    }
    return Finder(**(made | more))


def registry(*email: Finder, phone: tuple[Finder, ...] = (), own: ProviderSettings | None = None) -> Registry:
    spec = Spec(
        slug="acme",
        title="Acme",
        tier="T1",
        base_url="https://api.acme.example",
        auth=Auth(headers={"X-Key": "{key}"}),
        email=email,
        phone=phone,
    )
    return Registry(Settings(providers={"acme": own or ProviderSettings(api_key="k")}), [spec])


def concluded(offer: ConfiguredRoute, answer: VendorResponse) -> CallResult:
    return conclude(
        answer,
        rule(answer, offer.declared.verdicts),
        offer=offer,
        charge=offer.declared.charged,
        values={Field.EMAIL: offer.values[Field.EMAIL]},
        contact=JANE,
        now=lambda: FROZEN_AT,
    )


def costs(found: Finder, answer: VendorResponse, own: ProviderSettings | None = None, fields: int = 1) -> Decimal:
    offer, *_ = registry(found, phone=(found,) if found.both else (), own=own).offers(Mode.LIVE)
    return cost(offer, concluded(offer, answer), frozenset(list(Field)[:fields]))


FOUND = {"email": "jane@acme.example"}


@pytest.mark.parametrize(
    ("body", "status", "expected"),
    [
        pytest.param({**FOUND, "credits": 2}, 200, "0.06", id="a number"),
        pytest.param({**FOUND, "credits": "30"}, 200, "0.90", id="a text of a number"),
        pytest.param({**FOUND, "credits": 0.5}, 200, "0.015", id="a part of a credit"),
        pytest.param({**FOUND, "credits": 0}, 200, "0", id="a repeat for nothing"),
        pytest.param({"email": None, "credits": 1}, 200, "0.03", id="a miss that is charged"),
        pytest.param({"credits": 1}, 404, "0.03", id="a miss by status"),
        pytest.param({"credits": 1, "status": "ABORTED"}, 200, "0.03", id="a failure that is charged"),
        pytest.param(FOUND, 200, "0.10", id="unsaid: the list price"),
        pytest.param({**FOUND, "credits": True}, 200, "0.10", id="no amount"),
        pytest.param({**FOUND, "credits": "many"}, 200, "0.10", id="no number"),
        pytest.param({**FOUND, "credits": "NaN"}, 200, "0.10", id="not a number"),
        pytest.param({**FOUND, "credits": -1}, 200, "0.10", id="below nothing"),
        pytest.param({**FOUND, "credits": "9" * 50}, 200, "0.10", id="absurd"),
    ],
)
def test_the_amount_in_the_answer_is_what_it_cost(body: dict[str, Any], status: int, expected: str) -> None:
    assert costs(finder(charged=charge("credits", "0.03")), reply(body, status)) == Decimal(expected)


def test_an_amount_can_stand_in_a_header() -> None:
    route = finder(charged=charge(header("X-Credits-Spent"), "0.03"))

    assert costs(route, reply(FOUND, x_credits_spent="4")) == Decimal("0.12")


def test_the_operators_price_of_a_credit_changes_amounts_and_list_prices_in_proportion() -> None:
    own = ProviderSettings(api_key="k", price_credit=Decimal("0.06"))
    route = finder(charged=Charge(at="credits", usd=Decimal("0.03")))

    assert costs(route, reply({**FOUND, "credits": 2}), own) == Decimal("0.12")
    assert costs(route, reply(FOUND), own) == Decimal("0.20")


def test_the_operators_price_of_a_success_counts_before_the_amount() -> None:
    own = ProviderSettings(api_key="k", price_success=Decimal("0.50"))

    assert costs(finder(charged=charge("credits", "0.03")), reply({**FOUND, "credits": 2}), own) == Decimal("0.50")


def test_a_call_for_both_fields_has_its_own_price() -> None:
    both = finder(both=ASK, both_price=Price(call=Decimal("0.01"), success=Decimal("0.30")))

    assert costs(both, reply(FOUND), fields=2) == Decimal("0.31")
    assert costs(both, reply(FOUND), fields=1) == Decimal("0.10")


def test_a_way_that_is_off_says_which_setting_switches_it_on() -> None:
    phone = (finder("dial", optional=True),)
    off = registry(finder(), phone=phone)
    on_by_field = registry(finder(), phone=phone, own=ProviderSettings(api_key="k", routes=("phone",)))
    on_by_name = registry(finder(), phone=phone, own=ProviderSettings(api_key="k", routes=("dial",)))

    assert _reason(off) == "switched off unless LEADRUN_PROVIDER_ACME_ROUTES names phone"
    assert _reason(on_by_field) is None
    assert _reason(on_by_name) is None
    assert {listed.type for r in (off, on_by_field) for listed in r.listing(off.entries()[0].spec.mode)} == {"email"}


def _reason(made: Registry) -> str | None:
    return next(o.unusable for o in made.offers(made.entries()[0].spec.mode) if o.field is Field.PHONE)


def test_a_way_that_is_off_leaves_the_provider_to_the_ways_that_are_on() -> None:
    dear = finder("dear", optional=True)
    plan = make_plan(Field.EMAIL, registry(dear, finder()).offers(Mode.LIVE))

    step = next_step(plan, [], inputs(JANE).keys())

    assert isinstance(step, ConfiguredRoute)
    assert step.route == "person"


def test_a_switch_for_a_way_that_is_not_there_is_a_problem() -> None:
    with pytest.raises(ValueError, match=r"ACME_ROUTES: 'fax' cannot be switched on; all ways are on already"):
        registry(finder(), own=ProviderSettings(api_key="k", routes=("fax",)))
