"""What a hit is: masked, role, private and foreign addresses are not; numbers are assigned ones in E.164."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.contacts.contact import Contact
from app.domain.vocabulary import Field
from app.domain.waterfall.answer import Candidate, Deliverability, Found, PhoneType, Rejected, judge
from tests.rows import each_row

JANE = Contact(first_name="Jane", last_name="Smith", company_domain="acme.example")


def email(value: str, contact: Contact = JANE, **more: object) -> Found | Rejected:
    """Judge an address."""
    return judge(Field.EMAIL, Candidate(value=value, **more), contact)  # type: ignore[arg-type] # a builder


@pytest.mark.parametrize(
    ("given_value", "value"),
    [
        pytest.param("jane.smith@acme.example", "jane.smith@acme.example", id="plain"),
        pytest.param(" Jane.Smith@ACME.example ", "jane.smith@acme.example", id="case and space"),
        pytest.param("mailto:jane@acme.example", "jane@acme.example", id="a link"),
        pytest.param("jane@mail.acme.example", "jane@mail.acme.example", id="sub-domain"),
    ],
)
def test_a_work_address_is_a_hit(given_value: str, value: str) -> None:
    answer = email(given_value, status=Deliverability.VALID)
    assert isinstance(answer, Found)
    assert (answer.value, answer.status) == (value, Deliverability.VALID)


@each_row(
    ("value", "reason"),
    [
        pytest.param("j***@acme.example", "masked", id="asterisks"),
        pytest.param("j•••@acme.example", "masked", id="bullets"),
        pytest.param("jane@acme", "syntax", id="no suffix"),
        pytest.param("not an address", "syntax", id="not an address"),
        pytest.param("", "syntax", id="empty"),
        pytest.param("info@acme.example", "role", id="role"),
        pytest.param("no-reply@acme.example", "role", id="role with hyphen"),
        pytest.param("sales2@acme.example", "role", id="role with digit"),
        pytest.param("jane.smith@gmail.com", "private", id="private"),
        pytest.param("jane@globex.example", "another company", id="another company"),
    ],
)
def test_not_a_hit(value: str, reason: str) -> None:
    answer = email(value, status=Deliverability.VALID)
    assert isinstance(answer, Rejected)
    assert reason in answer.reason
    assert not value or value not in answer.reason


def test_an_address_that_the_vendor_calls_invalid_is_not_a_hit() -> None:
    assert isinstance(email("jane@acme.example", status=Deliverability.INVALID), Rejected)


def test_without_a_domain_any_company_may_be_the_right_one() -> None:
    linked = Contact(linkedin_url="https://www.linkedin.com/in/jane")
    assert isinstance(email("jane@globex.example", linked), Found)


@given(st.text(max_size=80))
def test_no_text_crashes_the_judge_or_passes_with_a_mask(value: str) -> None:
    answer = email(value)
    assert isinstance(answer, Found | Rejected)
    if isinstance(answer, Found):
        assert "*" not in answer.value


def test_a_value_of_another_company_is_rejected() -> None:
    answer = email("jane@acme.example", company_domain="umbrella.example")
    assert answer == Rejected(reason="the provider names another company as the person's employer")


def phone(value: str, contact: Contact = JANE, phone_type: PhoneType = PhoneType.UNKNOWN) -> Found | Rejected:
    """Judge a number."""
    return judge(Field.PHONE, Candidate(value=value, phone_type=phone_type), contact)


@each_row(
    ("value", "contact", "e164", "kind"),
    [
        pytest.param("+1 (212) 555-0147", JANE, "+12125550147", PhoneType.UNKNOWN, id="NANP cannot be typed"),
        pytest.param("212-555-0147", JANE, "+12125550147", PhoneType.UNKNOWN, id="ten digits are North American"),
        pytest.param("0033 6 12 34 56 78", JANE, "+33612345678", PhoneType.MOBILE, id="00 prefix"),
        pytest.param("33612345678", JANE, "+33612345678", PhoneType.MOBILE, id="the plus left out"),
        pytest.param(
            "06 12 34 56 78", Contact(company_domain="acme.fr"), "+33612345678", PhoneType.MOBILE, id="domain's country"
        ),
        pytest.param(
            "07400 123456",
            Contact(linkedin_url="https://www.linkedin.com/in/jane", region="GB"),
            "+447400123456",
            PhoneType.MOBILE,
            id="LinkedIn's country",
        ),
        pytest.param(
            "+33612345678", Contact(company_domain="acme.de"), "+33612345678", PhoneType.MOBILE, id="the plus decides"
        ),
        pytest.param(
            "07400 123456",
            Contact(region="FR", company_domain="acme.uk"),
            "+447400123456",
            PhoneType.MOBILE,
            id="the domain's country where LinkedIn's does not fit",
        ),
    ],
)
def test_numbers_become_e164(value: str, contact: Contact, e164: str, kind: PhoneType) -> None:
    answer = phone(value, contact)
    assert isinstance(answer, Found)
    assert (answer.value, answer.phone_type) == (e164, kind)


def test_the_vendors_line_type_wins() -> None:
    answer = phone("+12125550147", phone_type=PhoneType.MOBILE)
    assert isinstance(answer, Found)
    assert answer.phone_type is PhoneType.MOBILE


@each_row("value", ["", "+1 212 555 ****", "12", "+999123456789", "call me", "+1212555XXXX"])
def test_what_is_no_assigned_number_is_not_a_hit(value: str) -> None:
    assert isinstance(phone(value), Rejected)
