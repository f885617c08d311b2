"""The magic contacts: their first name is Magic, and their last name chooses the outcome of the look-up."""

from enum import StrEnum

import msgspec

FIRST_NAME = "magic"


class Magic(StrEnum):
    """The outcome of a magic contact; the value is the last name, and ``magic-<value>`` the LinkedIn slug."""

    FOUND = "found"
    CATCHALL = "catchall"
    MISSING = "missing"
    BROKEN = "broken"
    SLOW = "slow"
    LIMITED = "limited"
    BROKE = "broke"


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the table in the README."""

    first_name: str
    last_name: str
    linkedin_url: str
    outcome: str


OUTCOMES: dict[Magic, str] = {
    Magic.FOUND: "found at the first provider: a valid e-mail address, a mobile number",
    Magic.CATCHALL: "every provider gives the address as catch-all: found, graded `risky`, and every provider is paid",
    Magic.MISSING: "no provider knows the person: `not_found`",
    Magic.BROKEN: "every provider answers 500: `failed`, `error`",
    Magic.SLOW: "found, but only after `LEADRUN_SANDBOX_SLOW_SECONDS` (30) in all, spread over the providers",
    Magic.LIMITED: "every provider answers 429 with `Retry-After`: `failed`, `error`",
    Magic.BROKE: "we are out of credits at every provider: `failed`, `error`",
}

# The share of the slow contact's time that each vendor takes. The shares of each field add up to one, and none is
# longer than the usual timeout of one provider (20 s of 30).
SLOW_SHARES: dict[tuple[str, str], float] = {
    ("sandbox-mail", "email"): 1 / 3,
    ("sandbox-duo", "email"): 1 / 3,
    ("sandbox-later", "email"): 1 / 3,
    ("sandbox-dial", "phone"): 1 / 2,
    ("sandbox-duo", "phone"): 1 / 2,
}
SLOW_FINDERS = frozenset({("sandbox-later", "email"), ("sandbox-duo", "phone")})


def magic_of(first_name: str, last_name: str, linkedin_slug: str) -> Magic | None:
    """Return the magic contact of a name or LinkedIn slug, in any case, or None; the company does not matter."""
    wanted = last_name.casefold() if first_name.casefold() == FIRST_NAME else None
    if wanted is None and not (first_name or last_name):
        head, _, tail = linkedin_slug.casefold().partition("-")
        wanted = tail if head == FIRST_NAME else None
    return next((magic for magic in Magic if magic.value == wanted), None)


def rows() -> tuple[Row, ...]:
    """Return the table of magic contacts, for the README."""
    return tuple(
        Row(
            first_name=FIRST_NAME.capitalize(),
            last_name=magic.value.capitalize(),
            linkedin_url=f"https://www.linkedin.com/in/{FIRST_NAME}-{magic.value}",
            outcome=OUTCOMES[magic],
        )
        for magic in Magic
    )
