"""Credentials of people: the form of an e-mail address and of a password, and what is stored of a secret link."""

import hashlib
import re
from typing import ClassVar

from app.domain.errors import FieldError

MIN_PASSWORD = 10
MAX_PASSWORD = 200
MAX_EMAIL = 254
MAX_PERSON_NAME = 100
# Some text with one @ and a dot after it: the address is proven by the link that it receives, not by its form.
_ADDRESS = re.compile(r"[^\s@<>\"']+@[^\s@<>\"']+\.[^\s@<>\"'.]+")

_GMAIL = frozenset({"gmail.com", "googlemail.com"})


class EntryError(Exception):
    """A person is not let in; its text says why, and what to do."""

    sentence: ClassVar[str]

    def __init__(self) -> None:
        """Take the sentence of the class."""
        super().__init__(self.sentence)


class WrongCredentialsError(EntryError):
    """The address or the password is wrong; the sentence does not say which, nor whether the address is known."""

    sentence = "This e-mail address and password do not fit. Try again, or ask an owner or operator for a reset link."


class LinkOverError(EntryError):
    """The link was used, has expired, or never existed."""

    sentence = "This link has been used, has expired, or is incomplete. Ask for a new one."


def normal_email(text: str) -> str:
    """Return the form in which an address is stored and compared: trimmed, in lower case."""
    return text.strip().lower()


def mailbox_of(email: str) -> str:
    """Return the mailbox of an address in its normal form, the same for each spelling that reaches it.

    What follows a ``+`` is the owner's mark (RFC 5233), and Gmail overlooks points
    (https://support.google.com/mail/answer/7436150).
    """
    local, _, domain = email.rpartition("@")
    local = local.partition("+")[0] or local
    if domain in _GMAIL:
        local, domain = local.replace(".", ""), "gmail.com"
    return f"{local}@{domain}"


def email_fault(email: str, field: str = "email") -> list[FieldError]:
    """Return what is wrong with an address in its normal form, if anything."""
    if len(email) > MAX_EMAIL or not _ADDRESS.fullmatch(email):
        return [FieldError(field=field, message="must be an e-mail address, such as jane@acme.example")]
    return []


def password_fault(password: str, email: str, field: str = "password") -> list[FieldError]:
    """Return what is wrong with a new password, if anything (NIST SP 800-63B: length counts, no rules of letters)."""
    if len(password) < MIN_PASSWORD:
        return [FieldError(field=field, message=f"must have at least {MIN_PASSWORD} characters")]
    if len(password) > MAX_PASSWORD:
        return [FieldError(field=field, message=f"must have at most {MAX_PASSWORD} characters")]
    if password.lower() in {email, email.partition("@")[0]} or len(set(password)) == 1:
        return [FieldError(field=field, message="is too easy to guess; choose another")]
    return []


def entry_faults(email: str, name: str, password: str) -> list[FieldError]:
    """Return what is wrong with the address in its normal form, the name and the new password of a person."""
    faults = [*email_fault(email), *password_fault(password, email)]
    if len(name.strip()) > MAX_PERSON_NAME:
        faults.append(FieldError(field="name", message=f"must have at most {MAX_PERSON_NAME} characters"))
    return faults


def secret_digest(secret: str) -> bytes:
    """Return what is stored of a session's or link's secret; these are random, so that a plain hash suffices."""
    return hashlib.sha256(secret.encode()).digest()
