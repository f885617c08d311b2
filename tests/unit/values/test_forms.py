"""Addresses and numbers in every form in which vendors write them."""

from app.domain.contacts.contact import Contact
from app.domain.contacts.email_address import is_disposable_domain, is_private_domain, read_address
from app.domain.vocabulary import Field
from app.domain.waterfall.answer import Candidate, Found, PhoneType, judge
from tests.rows import each_row
from tests.unit.values.forms import (
    ADDRESS_FORMS,
    GUESSED,
    HEADS,
    NATIONAL,
    NO_ADDRESSES,
    NUMBERS,
    SERVICE_NUMBERS,
    TAILS,
)

PRIVATE = """
126.com aliceadsl.fr aruba.it azet.sk bigpond.com bluewin.ch btinternet.com centurylink.net chello.at club-internet.fr
comcast.net comhem.se daum.net docomo.ne.jp duck.com fastmail.com fastwebnet.it foxmail.com free.fr freenet.de
globo.com gmail.com gmx.net googlemail.com hispeed.ch icloud.com kabelmail.de kakao.com laposte.net libero.it
mail.dk mail.ru mailbox.org mozmail.com mweb.co.za nate.com netcabo.pt ocn.ne.jp online.de online.no ono.com orange.fr
pm.me posteo.de proton.me qq.com r7.com rediffmail.com riseup.net sfr.fr shaw.ca startmail.com t-online.de
t-online.hu telia.com telkomsa.net tin.it tlen.pl uol.com.br verizon.net walla.co.il web.de wp.pl xfinity.com
yahoo.co.uk zoznam.sk mail.kakao.com
"""
COMPANIES = """
acme.example apple.com bt.com comcast.com cox.com facebook.com google.com kpn.com microsoft.com orange.com
proton.ch siemens.com swisscom.com telefonica.com telekom.com vodafone.com yahooinc.com
"""


def read(value: str, kind: str = "unknown", **contact: str) -> str | None:
    """Read a number: its E.164 form, extension and kind."""
    answer = judge(
        Field.PHONE, Candidate(value=value, phone_type=PhoneType(kind)), Contact(first_name="Rita", **contact)
    )
    if not isinstance(answer, Found):
        return None
    return f"{answer.value} {answer.phone_extension or '-'} {answer.phone_type.value}"


@each_row("form", ADDRESS_FORMS)
def test_an_address_is_read_in_every_form(form: str) -> None:
    assert read_address(form) == (None, "rita.case@acme.example")


@each_row("form", NO_ADDRESSES)
def test_a_text_that_is_more_or_less_than_an_address_is_refused(form: str) -> None:
    assert read_address(form)[0]


def test_a_mask_is_named_and_an_international_domain_is_written_in_ascii() -> None:
    assert read_address("ri...@acme.example")[0] == "the address is masked"
    assert read_address("rita@b\u00fccher.example") == (None, "rita@xn--bcher-kva.example")


def test_a_disposable_mail_service_is_known_by_its_registered_domain() -> None:
    assert is_disposable_domain("mailinator.com")
    assert is_disposable_domain("mail.mailinator.com")
    assert not is_disposable_domain("acme.example")


@each_row("domain", PRIVATE.split())
def test_a_private_mail_service_is_known(domain: str) -> None:
    assert is_private_domain(domain)


@each_row("domain", COMPANIES.split())
def test_a_company_with_a_mail_service_keeps_its_own_domain(domain: str) -> None:
    assert not is_private_domain(domain)


@each_row("tail", [tail for line in TAILS.strip("\n").split("\n") for tail in line.split("|")])
def test_an_extension_is_read_in_many_languages(tail: str) -> None:
    for head in HEADS:
        assert read(head + tail, "mobile") == "+12126550100 4412 landline"


@each_row(("value", "kind", "wanted"), NUMBERS)
def test_a_number_is_read_in_every_form(value: str, kind: str, wanted: str | None) -> None:
    assert read(value, kind) == wanted


@each_row("line", NATIONAL.split("\n")[1:-1])
def test_a_number_of_a_known_country_is_read_in_its_own_form(line: str) -> None:
    value, region, wanted = line.split("|")
    assert (read(value, region=region) or "").partition(" ")[0] == wanted


@each_row("line", GUESSED.split("\n")[1:-1])
def test_a_country_is_guessed_only_where_the_domain_names_one(line: str) -> None:
    value, domain, wanted = line.split("|")
    assert (read(value, company_domain=domain) or "").partition(" ")[0] == wanted


@each_row("value", [value for line in SERVICE_NUMBERS.split("\n")[1:-1] for value in line.split("|")])
def test_a_service_of_any_country_is_nobodys_number(value: str) -> None:
    assert read(value, "mobile") is None
