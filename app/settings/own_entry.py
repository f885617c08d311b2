"""Check that the settings of mail and of the identity provider have the others that they need."""

from app.settings.people_settings import OPEN
from app.settings.settings import Settings


def lacking(settings: Settings) -> list[str]:
    """List what is not set though another setting needs it, a sentence each."""
    return [*_of_mail(settings), *_of_provider(settings)]


def _of_mail(settings: Settings) -> list[str]:
    found = []
    if settings.signup == OPEN and not settings.smtp_url:
        found.append("LEADRUN_SIGNUP=open needs LEADRUN_SMTP_URL: an address is proven by a mail that it receives")
    if settings.smtp_url and not settings.mail_from:
        found.append("LEADRUN_SMTP_URL needs LEADRUN_MAIL_FROM, the sender of our mail")
    if settings.smtp_url and not settings.public_url:
        # Never the host that a request names: a stranger could lead the reader of a mail elsewhere.
        found.append("LEADRUN_SMTP_URL needs LEADRUN_PUBLIC_URL, where the links of our mail lead")
    return found


def _of_provider(settings: Settings) -> list[str]:
    if not settings.oidc_issuer:
        given = {"CLIENT_ID": settings.oidc_client_id, "CLIENT_SECRET": settings.oidc_client_secret}
        return [
            f"LEADRUN_OIDC_{name} needs LEADRUN_OIDC_ISSUER, the identity provider" for name in given if given[name]
        ]
    found = []
    if not settings.oidc_client_id:
        found.append("LEADRUN_OIDC_ISSUER needs LEADRUN_OIDC_CLIENT_ID, by which the provider knows this installation")
    if not settings.oidc_client_secret:
        found.append("LEADRUN_OIDC_ISSUER needs LEADRUN_OIDC_CLIENT_SECRET, which the provider gave with the client id")
    if not settings.public_url:
        found.append("LEADRUN_OIDC_ISSUER needs LEADRUN_PUBLIC_URL, where the provider sends people back")
    return found
