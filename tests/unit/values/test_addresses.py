"""Addresses that are a person's work address at the company, and those that are not."""

import pytest

from app.domain.contacts.contact import Contact
from app.domain.contacts.email_address import PRIVATE_DOMAINS, PRIVATE_NAMES
from app.domain.contacts.role_address import QUALIFIERS, ROLES
from app.domain.vocabulary import Field
from app.domain.waterfall.answer import Candidate, Deliverability, Found, Rejected, judge
from tests.rows import each_row


def judged(value: str, domain: str | None = "acme.example", name: str = "Rita Case") -> Found | Rejected:
    """Judge an address that the vendor calls valid."""
    first, _, last = name.partition(" ")
    contact = Contact(first_name=first or None, last_name=last or None, company_domain=domain)
    return judge(Field.EMAIL, Candidate(value=value, status=Deliverability.VALID), contact)


@each_row(
    ("asked", "answered"),
    [
        ("acme.adv.br", "globex.adv.br"),
        ("acme.gouv.fr", "globex.gouv.fr"),
        ("acme.nhs.uk", "globex.nhs.uk"),
        ("acme.uk.com", "globex.uk.com"),
        ("acme.ltd.uk", "globex.ltd.uk"),
        ("acme.com.au", "globex.com.au"),
        ("acme.co.jp", "globex.co.jp"),
        ("acme.github.io", "globex.github.io"),
        ("acme.k12.ca.us", "globex.k12.ca.us"),
        ("acme.eu.com", "globex.eu.com"),
        ("acme.asso.fr", "globex.asso.fr"),
        ("acme.com", "acme.de"),
        ("uk.com", "acme.uk.com"),
        ("acme.example", "notacme.example"),
    ],
)
def test_another_registrable_domain_is_another_company(asked: str, answered: str) -> None:
    for one, other in ((asked, answered), (answered, asked)):
        answer = judged(f"rita@{other}", one)
        assert isinstance(answer, Rejected)
        assert "another company" in answer.reason


@each_row(
    ("asked", "answered"),
    [
        ("acme.example", "mail.acme.example"),
        ("www2.acme.example", "acme.example"),
        ("uk.acme.example", "de.acme.example"),
        ("acme.co.uk", "corp.acme.co.uk"),
        ("acme.adv.br", "sp.acme.adv.br"),
        ("acme.uk.com", "mail.acme.uk.com"),
    ],
)
def test_one_registrable_domain_is_one_company(asked: str, answered: str) -> None:
    assert isinstance(judged(f"rita@{answered}", asked), Found)


ROLE_PARTS = """
info-uk sales.emea support+web hello+x info noreply-de team_de customer.service accounts.payable no-reply
do.not.reply sales2 uk-info eu.sales berlin.office infouk salesemea office.berlin contact-us press.office h.r
hr.de customer-support INFO info+rita support.de+tag mailer-daemon accounts_receivable info.2024 sales-team
"""


@each_row(
    "local",
    ROLE_PARTS.split(),
)
def test_a_role_with_a_qualifier_is_no_person(local: str) -> None:
    answer = judged(f"{local}@acme.example")
    assert isinstance(answer, Rejected)
    assert "role" in answer.reason


@each_row(
    ("local", "name"),
    [
        ("h.r", "Harriet Reed"),
        ("r.h", "Harriet Reed"),
        ("mark.sales", "Mark Sales"),
        ("sales.mark", "Mark Sales"),
        ("m.sales", "Mark Sales"),
        ("steve.jobs", "Stephen Jobs"),
        ("p.press", "Paula Press"),
        ("i.t", "Ian Thomas"),
        ("office.anna", "Anna Office"),
        ("rita+info", "Rita Case"),
        ("rita.case", "Rita Case"),
        ("jose.contact", "José Contact"),
        ("steve.jobs", ""),
        ("j.r", ""),
        ("de", "Rita Case"),
    ],
)
def test_a_persons_own_name_makes_no_role(local: str, name: str) -> None:
    assert isinstance(judged(f"{local}@acme.example", name=name), Found)


@each_row("role", sorted(ROLES))
def test_every_role_is_one(role: str) -> None:
    assert isinstance(judged(f"{role}@acme.example"), Rejected)


@each_row("qualifier", sorted(QUALIFIERS))
def test_every_qualifier_narrows_a_role(qualifier: str) -> None:
    # Without the person's name a role is no role behind just any word.
    assert isinstance(judged(f"{qualifier}.sales@acme.example", name=""), Rejected)
    assert isinstance(judged(f"anna{qualifier}.sales@acme.example", name=""), Found)


@each_row(
    "domain",
    [*sorted(PRIVATE_DOMAINS), *(f"{name}.{tld}" for name in sorted(PRIVATE_NAMES) for tld in ("ca", "nl", "co.nz"))],
)
def test_private_mail_is_no_work_address(domain: str) -> None:
    for asked in (None, domain):
        answer = judged(f"rita@{domain}", asked)
        assert isinstance(answer, Rejected)
        assert "private" in answer.reason


@each_row("domain", ["0-mail.com", "guerrillamail.com", "10minutemail.com", "yopmail.com", "a.yahoo.ca"])
def test_the_maintained_lists_and_sub_domains_count(domain: str) -> None:
    assert isinstance(judged(f"rita@{domain}", None), Rejected)


@pytest.mark.parametrize("domain", ["yahooinc.com", "facebook.com", "hotmailing.example", "acme.example"])
def test_a_company_is_no_mail_service(domain: str) -> None:
    assert isinstance(judged(f"rita@{domain}", None), Found)


@each_row(
    "value",
    [
        "=cmd|calc@acme.example",
        "+rita@acme.example",
        "-2+3@acme.example",
        "@sum@acme.example",
        "rita@acme.example\r\nBcc: eve@globex.example",
        "rita%0d%0aBcc@acme.example",
        "rita\t@acme.example",
        "rita!x@acme.example",
        "`id`@acme.example",
        '"rita case"@acme.example',
        "{rita}@acme.example",
        "ri=ta@acme.example",
        "\u200b=cmd|calc@acme.example",
        "mailto:=1+1@acme.example",
    ],
)
def test_an_address_that_a_program_could_execute_is_refused(value: str) -> None:
    assert isinstance(judged(value), Rejected)


@each_row(
    "value",
    [
        "ri\u200bta@acme.example",
        "\ufeffrita@acme.example",
        "rita@ac\u00adme.example",
        "rita@acme.example\u2060",
        "\u202arita@acme.example\u202c",
        "rita\u200d@acme.example",
        "MAILTO:rita@acme.example?subject=x",
        "\u00a0rita@acme.example ",
    ],
)
def test_invisible_characters_are_removed_before_judging(value: str) -> None:
    answer = judged(value)
    assert isinstance(answer, Found)
    assert answer.value == "rita@acme.example"


def test_an_invisible_character_does_not_hide_a_role() -> None:
    assert isinstance(judged("in\u200bfo@acme.example"), Rejected)
