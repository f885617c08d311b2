"""The letters that people get: invitations, new passwords, sign-ups."""

from app.mail import Letter
from app.usecases.people.links import LASTS, LinkKind

_UNASKED = "If you did not ask for this, do nothing: nothing changes, and nobody else can use this mail."


def _hours(kind: LinkKind) -> str:
    hours = LASTS[kind].total_seconds() / 3600
    return f"{hours / 24:.0f} days" if hours > 24 else f"{hours:.0f} hours"  # noqa: PLR2004 - a day


def _write(kind: str, to: str, subject: str, *paragraphs: str) -> Letter:
    return Letter(kind=kind, to=to, subject=subject, text="\n\n".join(paragraphs) + "\n")


def invitation(to: str, link: str, *, by: str) -> Letter:
    """Invite a person; the letter names the address of the one who invites, which is proven, and no text of theirs.

    Without an address it is the operator, by a command on the server.
    """
    who = by or "The operator of this installation"
    return _write(
        "invite",
        to,
        "You are invited to leadrun",
        f"{who} invites you to leadrun. Open this link to join; it works once, within {_hours(LinkKind.INVITE)}:",
        link,
        "If you do not know of this, do nothing.",
    )


def reset(to: str, link: str) -> Letter:
    """Let a person set a new password."""
    return _write(
        "reset",
        to,
        "Set a new password for leadrun",
        f"Open this link to set a new password; it works once, within {_hours(LinkKind.RESET)}:",
        link,
        _UNASKED,
    )


def no_person(to: str, origin: str) -> Letter:
    """Answer a request for a new password: nobody signs in with this address."""
    return _write(
        "reset",
        to,
        "No leadrun account has this address",
        f"A new password was requested for {to} at {origin}, but nobody signs in there with this address.",
        "If it was you, try the address that you were invited at.",
    )


def sign_up(to: str, link: str) -> Letter:
    """Let the owner of an address open an account."""
    return _write(
        "signup",
        to,
        "Open your leadrun account",
        f"Open this link to set a password and begin; it works once, within {_hours(LinkKind.SIGNUP)}:",
        link,
        _UNASKED,
    )


def known_already(to: str, origin: str) -> Letter:
    """Answer a sign-up: the address has an account already."""
    return _write(
        "signup",
        to,
        "You have a leadrun account already",
        f"A person, perhaps you, wanted to sign up at {origin} with this address. It belongs to an account already, as "
        "does each other spelling of it. Sign in here:",
        f"{origin}/app/login",
        f"Set a new password, if you do not know yours: {origin}/app/forgot",
    )
