"""Checks that the settings of mail have the others that they need."""

from app.settings.people_settings import OPEN
from app.settings.settings import Settings


def lacking(settings: Settings) -> list[str]:
    """List what is not set though another setting needs it, a sentence each."""
    found = []
    if settings.signup == OPEN and not settings.smtp_url:
        found.append("LEADRUN_SIGNUP=open needs LEADRUN_SMTP_URL: an address is proven by a mail that it receives")
    if settings.smtp_url and not settings.mail_from:
        found.append("LEADRUN_SMTP_URL needs LEADRUN_MAIL_FROM, the sender of our mail")
    if settings.smtp_url and not settings.public_url:
        # Never the host that a request names: a stranger could lead the reader of a mail elsewhere.
        found.append("LEADRUN_SMTP_URL needs LEADRUN_PUBLIC_URL, where the links of our mail lead")
    return found
