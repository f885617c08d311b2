"""The state of a cascade while this process runs it."""

import asyncio
from dataclasses import dataclass, field

import msgspec

from app.domain.vocabulary import Field
from app.domain.waterfall.answer import Found
from app.domain.waterfall.attempt import Attempt, Expectation, Skip
from app.domain.waterfall.mail_domain import MailDomain
from app.domain.waterfall.outcome import best
from app.domain.waterfall.policy import CascadePlan, inputs, next_step
from app.providers.setup.configured_route import ConfiguredRoute
from app.store.waterfall.attempts import StoredAttempt
from app.store.waterfall.cascades import LeasedCascade

Plan = CascadePlan[ConfiguredRoute]


class CheaperElsewhere(Exception):  # noqa: N818 - not an error: the order changed while the call waited
    """The call would have to wait, and another provider is worth more than that."""


@dataclass(kw_only=True)
class CascadeState:
    """The state of a cascade, for as long as this process runs it.

    Attributes:
        open: Attempts that an earlier lease began and that go on before anything new is asked: they have a ticket, or
            cost nothing more.
        refused: Fields for which no provider is asked, each with the reason.
        stopped: Why nobody is asked any more, where the quote of its list is reached.
        verifying: The address that is judged, in place of the best one found so far.
        expected: Why it is judged now.
        mail: What DNS says of the company's domain, where it was asked.
        guess: The company's pattern and the address that it makes, or None; unset until it is read.
    """

    leased: LeasedCascade
    fields: frozenset[Field]
    attempts: list[Attempt] = field(default_factory=list)
    skipped: list[Skip] = field(default_factory=list)
    open: dict[tuple[str, Field], StoredAttempt] = field(default_factory=dict)
    email_over: asyncio.Event = field(default_factory=asyncio.Event)
    locks: dict[str, asyncio.Lock] = field(default_factory=dict)
    released: bool = False
    verifying: str | None = None
    expected: Expectation | None = None
    mail: MailDomain | None = None
    guess: tuple[str, str] | msgspec.UnsetType | None = msgspec.UNSET
    stopped: str | None = None
    refused: dict[Field, str] = field(default_factory=dict)
    _inputs: dict[str | None, dict[str, str]] = field(default_factory=dict, init=False)

    def __post_init__(self) -> None:
        """Where no e-mail is wanted there is nothing to wait for."""
        if Field.EMAIL not in self.fields:
            self.email_over.set()

    @property
    def inputs(self) -> dict[str, str]:
        """The known inputs, which are not to be changed: the contact's, and the best e-mail address found so far."""
        found = best(Field.EMAIL, self.attempts)
        email = self.verifying or (found.answer.value if found and isinstance(found.answer, Found) else None)
        known = self._inputs.get(email)
        if known is None:
            known = self._inputs[email] = inputs(self.leased.contact, email)
        return known

    @property
    def mail_family(self) -> str | None:
        """The family of the mail servers of the company's domain, where that is known."""
        return self.mail.family if self.mail else None

    def lock(self, provider: str) -> asyncio.Lock:
        """Return the lock of a provider that answers both fields at once: it gets one call at a time."""
        return self.locks.setdefault(provider, asyncio.Lock())


def rested(offer: ConfiguredRoute, reason: str) -> Skip:
    """Skip a provider that would have been called at another time."""
    return Skip(provider=offer.provider, tier=offer.tier, field=offer.field, reason=reason, rested=True)


def is_next(offer: ConfiguredRoute, plan: Plan, progress: CascadeState) -> bool:
    """Return whether an offer is still the one to ask, now that it has to wait."""
    if plan.ranking is None or not plan.ranking.orders or (offer.provider, offer.field) in progress.open:
        return True
    return next_step(plan, progress.attempts, progress.inputs.keys(), progress.skipped) is offer
