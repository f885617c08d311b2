"""The settings of who may enter the app, of the mail that it sends, and of its audit log."""

from typing import Annotated

import msgspec

from app.settings import parsers
from app.settings.fields import MOST_DAYS, Text, setting
from app.settings.issuer import issuer
from app.settings.masking import hidden, masked_url

INVITE, OPEN, OFF = "invite", "open", "off"


class PeopleSettings(msgspec.Struct, frozen=True, kw_only=True):
    """The settings of sign-up, mail and the audit log."""

    signup: Annotated[
        str,
        setting(
            "How people come into the app: `invite` lets owners of accounts invite others, `off` only operators; with "
            "`open`, everybody who receives mail at a work or private address opens an account (needs "
            "`LEADRUN_SMTP_URL`).",
            parse=parsers.one_of(INVITE, OPEN, OFF),
        ),
    ] = INVITE
    signup_credits: Annotated[
        int,
        msgspec.Meta(ge=0, le=1_000_000),
        setting("Credits of an account that a person opens by signing up, once for each mailbox."),
    ] = 50
    smtp_url: Annotated[
        Text,
        setting(
            "Server that takes our mail: `smtp://user:password@host:587` (STARTTLS; a must where there is a password) "
            "or `smtps://…:465`. Invitations and resets are then sent; unset, they are links to copy. Needs "
            "`LEADRUN_MAIL_FROM` and `LEADRUN_PUBLIC_URL`.",
            parse=parsers.smtp_address,
            mask=masked_url,
        ),
    ] = None
    oidc_issuer: Annotated[
        Text,
        setting(
            "Identity provider (OpenID Connect) by which people may sign in, `https://login.acme.example`; it is "
            "trusted with each address that it calls verified. Needs `LEADRUN_OIDC_CLIENT_ID`, "
            "`LEADRUN_OIDC_CLIENT_SECRET` and `LEADRUN_PUBLIC_URL`; the address to register there is the last with "
            "`/app/oidc/callback` behind it.",
            parse=issuer,
        ),
    ] = None
    oidc_client_id: Annotated[Text, setting("Client id that the identity provider gave this installation.")] = None
    oidc_client_secret: Annotated[Text, setting("Client secret that belongs to the client id.", mask=hidden)] = None
    oidc_name: Annotated[
        str,
        msgspec.Meta(min_length=1, max_length=40),
        setting("Name of the identity provider on the button *Continue with …*."),
    ] = "single sign-on"
    audit_retention_days: Annotated[
        float, msgspec.Meta(ge=1, le=MOST_DAYS), setting("Days the entries of the audit log are kept.")
    ] = 400.0
    mail_from: Annotated[Text, setting("Sender of our mail, `leadrun@acme.example`.", parse=parsers.mail_address)] = (
        None
    )
