"""The contact as it was understood, in every body of a run."""

import msgspec

from app.dialects.leadmodule.response import accepted_body, page_body, run_body
from app.dialects.leadsonar.response import contact_body, email_body, phone_body
from app.domain.contacts.contact import Contact
from app.domain.runs.job_row import RowView
from app.domain.vocabulary import Mode
from tests.unit.test_dialect_bodies import FOUND, ID, written

CONTACT = Contact(first_name="Jane", last_name="Smith", company_domain="acme.example", region="FR")


def test_the_contact_stands_in_every_body_as_it_was_understood() -> None:
    camel = (
        '"mode":"test","input":{"firstName":"Jane","lastName":"Smith","fullName":null,"companyDomain":"acme.example",'
        '"companyName":null,"linkedInUrl":null}'
    )
    snake = (
        '"mode":"test","input":{"first_name":"Jane","last_name":"Smith","full_name":null,"domain":"acme.example",'
        '"company_name":null,"linkedin_url":null}'
    )
    run = msgspec.structs.replace(FOUND, mode=Mode.TEST, contact=CONTACT)
    for body in (run_body(run), accepted_body(run), page_body([run], None)):
        assert camel in written(body)
    given = {"first_name": "jane ", "last_name": "Smith", "domain": "https://acme.example/"}
    row = RowView(position=0, given=given, run_id=ID, result_status="found", contact=CONTACT)
    for snaked in (email_body(run), phone_body(run), contact_body(row, Mode.TEST)):
        assert snake in written(snaked)


def test_an_address_that_is_verified_stands_among_the_rest() -> None:
    run = msgspec.structs.replace(FOUND, contact=Contact(email="jane@acme.example"))
    assert '"linkedInUrl":null,"email":"jane@acme.example"}' in written(run_body(run))
