"""A person as an identity provider knows them, and the reasons not to let them in, as sentences."""

from enum import StrEnum

import msgspec


class Identity(msgspec.Struct, frozen=True, kw_only=True):
    """The proof that an identity provider gives of a person (OpenID Connect Core 1.0, 5.1).

    Attributes:
        subject: Never changes, and is of nobody else at this issuer.
        email: In its normal form, and verified by the provider; empty where it does not say so.
        name: Of the person; may be empty.
    """

    issuer: str
    subject: str
    email: str
    name: str


class IdentityFault(StrEnum):
    """The reason why a log-in by an identity provider ended."""

    DENIED = "denied"
    AWAY = "away"
    SETUP = "setup"
    CLIENT = "client"
    CLOCK = "clock"
    UNTRUSTED = "untrusted"
    OVER = "over"
    UNVERIFIED = "unverified"
    UNKNOWN = "unknown"
    OTHER_ADDRESS = "other-address"
    KNOWN_MAILBOX = "known-mailbox"
    DISPOSABLE = "disposable"
    DISABLED = "disabled"


_SENTENCES = {
    IdentityFault.DENIED: (
        "{provider} did not confirm the log-in: it was cancelled there, or you may not use leadrun. Try again, or ask "
        "the people who run {provider}."
    ),
    IdentityFault.AWAY: "{provider} does not answer just now. Try again in a minute.",
    IdentityFault.SETUP: (
        "leadrun cannot work with {provider} as it is set up. Ask an operator to compare LEADRUN_OIDC_ISSUER with what "
        "the provider publishes; the log says what does not fit."
    ),
    IdentityFault.CLIENT: (
        "{provider} does not accept this installation. Ask an operator to check LEADRUN_OIDC_CLIENT_ID and "
        "LEADRUN_OIDC_CLIENT_SECRET, and that {provider} knows the address /app/oidc/callback of this installation."
    ),
    IdentityFault.CLOCK: (
        "The clocks of {provider} and of this server differ. Ask an operator to set the server's clock."
    ),
    IdentityFault.UNTRUSTED: (
        "The answer did not prove who you are, so you are not signed in. Try again; if this stays, ask an operator."
    ),
    IdentityFault.OVER: (
        "This log-in is over: it was used, took more than 10 minutes, or was begun in another browser. Start again."
    ),
    IdentityFault.UNVERIFIED: (
        "{provider} does not say that it has verified your e-mail address. Have it verified there, then try again."
    ),
    IdentityFault.UNKNOWN: "Nobody has invited {email} here. Ask an owner of your company's account, or an operator.",
    IdentityFault.OTHER_ADDRESS: (
        "This invitation is for another address than {email}. Ask for one to that address, or sign in at {provider} "
        "with the invited one."
    ),
    IdentityFault.KNOWN_MAILBOX: (
        "The mailbox of {email} has an account already, by another spelling of the address. Sign in with that one."
    ),
    IdentityFault.DISPOSABLE: "{email} is of a disposable mail service. Sign in with an address that you keep.",
    IdentityFault.DISABLED: "You are locked out of this installation. Ask an operator.",
}


class IdentityError(Exception):
    """A person is not let in by an identity provider.

    Attributes:
        fault: For logs and metrics.
        detail: What exactly does not fit, for the log: no code, no token, nothing of the person.
        email: The address that the provider gave, where the sentence names it.
    """

    def __init__(self, fault: IdentityFault, detail: str = "", *, email: str = "") -> None:
        """Keep what is known."""
        super().__init__(f"{fault}: {detail}" if detail else fault.value)
        self.fault, self.detail, self.email = fault, detail, email

    def sentence(self, provider: str) -> str:
        """Return what a person reads; it says what to do."""
        return _SENTENCES[self.fault].format(provider=provider, email=self.email)
