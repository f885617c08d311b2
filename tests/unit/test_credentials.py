"""Credentials of people, their roles, and the sentences of those who are not let in."""

import hashlib

import pytest

from app.domain.people.credentials import (
    LinkOverError,
    WrongCredentialsError,
    email_fault,
    entry_faults,
    mailbox_of,
    normal_email,
    password_fault,
    secret_digest,
)
from app.domain.people.identity import IdentityError, IdentityFault
from app.domain.people.role import Role
from tests.rows import each_row

JANE = "jane@acme.example"


def test_an_address_is_compared_without_case_and_blanks() -> None:
    assert normal_email("  Jane@ACME.example\n") == JANE


@each_row(
    "email, mailbox",
    [
        (JANE, JANE),
        ("jane+news@acme.example", JANE),
        ("+news@acme.example", "+news@acme.example"),
        ("j.a.n.e@acme.example", "j.a.n.e@acme.example"),
        ("j.a.n.e+x@gmail.com", "jane@gmail.com"),
        ("jane@googlemail.com", "jane@gmail.com"),
    ],
)
def test_a_mailbox_has_one_name_for_each_spelling_that_reaches_it(email: str, mailbox: str) -> None:
    assert mailbox_of(email) == mailbox


@each_row(
    "email, good",
    [
        (JANE, True),
        ("jane@mail.acme.example", True),
        ("a" * 241 + "@acme.example", True),
        ("a" * 242 + "@acme.example", False),
        ("", False),
        ("jane", False),
        ("jane@acme", False),
        ("jane@acme.", False),
        ("@acme.example", False),
        ("jane@smith@acme.example", False),
        ("jane smith@acme.example", False),
        ("<jane@acme.example>", False),
        ("'jane'@acme.example", False),
    ],
)
def test_an_address_has_one_at_sign_and_a_dot_behind_it(email: str, *, good: bool) -> None:
    wanted = [] if good else [("email", "must be an e-mail address, such as jane@acme.example")]
    assert [(fault.field, fault.message) for fault in email_fault(email)] == wanted


@each_row(
    "password, fault",
    [
        ("long enough", None),
        ("ab" * 5, None),
        ("ab" * 100, None),
        ("ab" * 4 + "a", "must have at least 10 characters"),
        ("ab" * 100 + "a", "must have at most 200 characters"),
        ("aaaaaaaaaa", "is too easy to guess; choose another"),
        ("janet.smith@acme.example", "is too easy to guess; choose another"),
        ("Janet.Smith", "is too easy to guess; choose another"),
    ],
)
def test_a_password_is_long_and_not_the_address(password: str, fault: str | None) -> None:
    found = password_fault(password, "janet.smith@acme.example", "new")
    assert [(one.field, one.message) for one in found] == ([("new", fault)] if fault else [])


def test_all_that_is_wrong_with_a_person_is_said_at_once() -> None:
    assert [fault.field for fault in entry_faults("jane", "J" * 101, "short")] == ["email", "password", "name"]
    assert entry_faults(JANE, f" {'J' * 100} ", "long enough") == []


def test_who_is_not_let_in_reads_what_to_do() -> None:
    assert str(WrongCredentialsError()).endswith("Try again, or ask an owner or operator for a reset link.")
    assert str(LinkOverError()).endswith("Ask for a new one.")
    for fault in IdentityFault:
        sentence = IdentityError(fault, "a detail", email=JANE).sentence("Acme ID")
        assert sentence.endswith(".")
        assert not {"{", "a detail"} & {*sentence.split(), *sentence}


def test_a_role_may_do_what_those_before_it_may() -> None:
    may = {(mine, needed) for mine in Role for needed in Role if mine.may(needed)}
    viewer, member, owner = Role.VIEWER, Role.MEMBER, Role.OWNER
    assert may == {
        *((viewer, viewer), (member, viewer), (member, member)),
        *((owner, viewer), (owner, member), (owner, owner)),
    }


@pytest.mark.parametrize("secret", ["", "a secret"])
def test_a_secret_is_stored_as_its_digest(secret: str) -> None:
    assert secret_digest(secret) == hashlib.sha256(secret.encode()).digest()
