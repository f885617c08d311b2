"""Phone numbers that are a person's own, and those that are not."""

import pytest

from app.domain.contacts.contact import GENERIC_USE, Contact
from app.domain.vocabulary import Field
from app.domain.waterfall.answer import Candidate, Found, PhoneType, Rejected, judge
from tests.rows import each_row


def judged(value: str, domain: str = "startup.com", kind: PhoneType = PhoneType.MOBILE) -> Found | Rejected:
    """Judge a number of a kind that the vendor names."""
    contact = Contact(first_name="Rita", last_name="Fone", company_domain=domain)
    return judge(Field.PHONE, Candidate(value=value, phone_type=kind), contact)


@each_row(
    "value",
    [
        pytest.param("+1 800 356 9377", id="toll-free"),
        pytest.param("800 356 9377", id="toll-free without a country"),
        pytest.param("+1 888 356 9377", id="toll-free 888"),
        pytest.param("+44 800 123 4567", id="British toll-free"),
        pytest.param("+49 800 1234567", id="German toll-free"),
        pytest.param("+1 900 356 9377", id="premium rate"),
        pytest.param("+44 909 123 4567", id="British premium rate"),
        pytest.param("+33 899 12 34 56", id="French premium rate"),
        pytest.param("+39 848 123456", id="shared cost"),
        pytest.param("+44 345 123 4567", id="UAN"),
        pytest.param("+44 7600 123456", id="pager"),
        pytest.param("+49 177 99 1234567", id="voicemail"),
        pytest.param("+1 800 356 9377 ext 4412", id="toll-free with an extension"),
    ],
)
def test_a_number_of_a_service_is_nobodys(value: str) -> None:
    assert isinstance(judged(value), Rejected)


@each_row("tld", sorted(GENERIC_USE))
def test_a_domain_in_use_all_over_the_world_names_no_country(tld: str) -> None:
    answer = judged("(301) 455-1234", f"startup.{tld}")
    assert isinstance(answer, Found)
    assert answer.value == "+13014551234"


@each_row(
    ("value", "domain", "kind", "e164"),
    [
        ("06 12 34 56 78", "acme.fr", PhoneType.MOBILE, "+33612345678"),
        ("06 12 34 56 78", "acme.fr", PhoneType.UNKNOWN, "+33612345678"),
        ("06 12 34 56 78", "acme.fr", PhoneType.LANDLINE, None),
        ("01 23 45 67 89", "acme.fr", PhoneType.MOBILE, None),
        ("01 23 45 67 89", "acme.fr", PhoneType.LANDLINE, "+33123456789"),
        ("+33 1 23 45 67 89", "acme.de", PhoneType.MOBILE, "+33123456789"),
    ],
)
def test_a_guessed_country_agrees_with_the_kind_of_line(
    value: str, domain: str, kind: PhoneType, e164: str | None
) -> None:
    answer = judged(value, domain, kind)
    assert (answer.value if isinstance(answer, Found) else None) == e164


@each_row(
    "tail",
    """
    ext 4412|x4412|#4412|;ext=4412|Ext. 4412 (office)|extension 4412|EXT:4412|, ext. 4412|(ext 4412)|Durchwahl 4412
    доб. 4412|分機 4412|分机4412|内線4412|poste 4412|ramal 4412|x 4412|ext=4412|toestel 4412|DW 4412|anexo 4412
    """.replace("\n    ", "|")
    .strip("|")
    .split("|"),
)
def test_an_extension_is_read_in_every_notation(tail: str) -> None:
    for head in ("+1 212-655-0100 ", "tel:+12126550100", "(212) 655-0100 "):
        answer = judged(head + tail)
        assert isinstance(answer, Found), head + tail
        assert (answer.value, answer.phone_extension) == ("+12126550100", "4412")
        assert answer.phone_type is PhoneType.LANDLINE


def test_an_extension_stands_behind_any_word() -> None:
    tails = """
    Durchw. 4412|DW-4412|Ligne 4412|ext. tel. 4412|toestelnummer 4412|doorkiesnummer 4412|anknytn. 4412|alan. 4412
    l. 4412|доп. 4412|дод. 4412|вътр. 4412|שלוחה מס' 4412|تحويلة رقم 4412
    内線番号4412|分机号 4412|內線 4412|내선번호 4412
    ekst. 4412|kap. 4412|klap. 4412|vn. 4412|kuć. 4412|Ext(4412)|(4412)|[4412]|dial 4412|then 4412|postd=4412
    ext 4412 or 4413|ext 4412 (mobile +1 415 655 0100)
    """.replace("\n    ", "|").strip("|")
    read = {tail: judged(f"+1 212-655-0100 {tail}", kind=PhoneType.UNKNOWN) for tail in tails.split("|")}
    found = {tail: (one.value, one.phone_extension) for tail, one in read.items() if isinstance(one, Found)}
    assert found == dict.fromkeys(read, ("+12126550100", "4412"))


@each_row(
    ("value", "e164"),
    [
        ("+1 212 655 0100 +1 415 655 0100", "+12126550100"),
        ("+1 212 655 0100 & +1 415 655 0100", "+12126550100"),
        ("Tel +1 212 655 0100 Fax +1 212 655 0101", "+12126550100"),
        ("+1 (0)212 655 0100", "+12126550100"),
        ("tel:%2B1%20212%20655%200100", "+12126550100"),
        ("1.2126550100E10", "+12126550100"),
        ("1.21266E+10", None),
        ("1.2126550E10", None),
        ("Room 12, floor 4412", None),
        ("655-0100 line 12", None),
    ],
)
def test_numbers_as_programs_and_people_write_them(value: str, e164: str | None) -> None:
    answer = judged(value, kind=PhoneType.UNKNOWN)
    assert (answer.value if isinstance(answer, Found) else None) == e164


@each_row(
    "value",
    ["+1 212 655 ##00", "+1 212 655 01xx", "+1212655#100", "+1 212 655 0100 xx12", "+49 30 123456##12", "x4412"],
)
def test_a_mask_is_no_extension(value: str) -> None:
    assert isinstance(judged(value), Rejected)


def test_a_remark_is_no_part_of_a_number() -> None:
    answer = judged("+1 212-655-0100 (office)", kind=PhoneType.UNKNOWN)
    assert isinstance(answer, Found)
    assert (answer.value, answer.phone_type) == ("+12126550100", PhoneType.UNKNOWN)


@each_row(
    ("value", "domain", "e164"),
    [
        ("+39 6 1234 5678", "startup.com", "+390612345678"),
        ("+39 2 1234 567", "startup.it", "+39021234567"),
        ("+39 312 345 6789", "startup.com", "+393123456789"),
        ("442079460018.0", "startup.com", "+442079460018"),
        ("8 (912) 345-67-89", "startup.ru", "+79123456789"),
        ("+52 1 55 1234 5678", "startup.mx", "+525512345678"),
        ("+52 1 55 1234 5678", "startup.com", "+525512345678"),
        ("0052 1 55 1234 5678", "startup.com", "+525512345678"),
        ("521 55 1234 5678", "startup.com", "+525512345678"),
        ("+52 (1) 55-1234-5678", "startup.com", "+525512345678"),
        ("+52 044 55 1234 5678", "startup.com", "+525512345678"),
        ("+52 01 55 1234 5678", "startup.com", "+525512345678"),
        ("044 55 1234 5678", "startup.mx", "+525512345678"),
        ("045 55 1234 5678", "startup.mx", "+525512345678"),
        ("1 55 1234 5678", "startup.mx", "+525512345678"),
        ("55 1234 5678", "startup.mx", "+525512345678"),
        ("+54 11 15 2345 6789", "startup.ar", "+5491123456789"),
        ("+54 9 11 2345 6789", "startup.ar", "+5491123456789"),
        ("011 15 2345 6789", "startup.ar", "+5491123456789"),
        ("+55 11 8765 4321", "startup.br", "+5511987654321"),
        ("11 8765 4321", "startup.br", "+5511987654321"),
        ("+55 11 98765 4321", "startup.br", "+5511987654321"),
    ],
)
def test_a_number_in_an_old_form_gets_its_present_one(value: str, domain: str, e164: str) -> None:
    answer = judged(value, domain)
    assert isinstance(answer, Found)
    assert answer.value == e164


@pytest.mark.parametrize("value", ["8 (495) 123-45-67", "8-912-345-67-89", "8 912 345 67 89", "+1 415#555#0100"])
def test_a_trunk_prefix_is_no_country_and_signs_divide_no_number(value: str) -> None:
    assert isinstance(judged(value, "startup.com"), Rejected)
