"""Try the address that a company's pattern makes before a finder is paid: it costs a verification alone."""

from collections.abc import Awaitable, Callable

import msgspec

from app.domain.contacts.address_pattern import address_by, known_pattern
from app.domain.vocabulary import Field, Mode, Tier
from app.domain.waterfall.answer import (
    DEFAULT_CONFIDENCE,
    DEFAULT_SCORE,
    SETTLED_SCORE,
    Answer,
    Deliverability,
    Failed,
    Found,
    Miss,
    Rejected,
    Trouble,
)
from app.domain.waterfall.attempt import PATTERN, Attempt, Expectation
from app.domain.waterfall.feedback import unless_wrong
from app.domain.waterfall.second_opinion import OF_PATTERN, as_offer, its_turn
from app.providers.setup.configured_route import ConfiguredRoute
from app.services import Services
from app.store.waterfall import known_addresses
from app.store.waterfall.attempts import NewAttempt
from app.usecases.planning.cascade_state import CascadeState, Plan
from app.usecases.waterfall.record_attempt import RecordAttempt
from app.usecases.waterfall.wrong_values import reported_as_wrong

Judge = Callable[[str, ConfiguredRoute, CascadeState, Expectation], Awaitable[None]]


class PatternStep:
    """Makes the attempt of the provider ``pattern``, once a cascade."""

    def __init__(self, services: Services, record: RecordAttempt, judge: Judge) -> None:
        """Prepare; `judge` has an address judged, and returns False where no verifier could be asked."""
        self._services = services
        self._record = record
        self._judge = judge

    def applies(self, plan: Plan, progress: CascadeState) -> bool:
        """Return whether a pattern would make an address of the contact, and may still come before a finder.

        It comes first where the order is fixed; where the index makes it, whenever its own is the lowest.
        """
        leased = progress.leased
        seen = [attempt for attempt in progress.attempts if attempt.field in {Field.EMAIL, Field.VERIFY}]
        if plan.ranking is not None and plan.ranking.orders:
            seen = [attempt for attempt in seen if attempt.provider == PATTERN]
        return not (
            leased.contact.company_domain is None
            or progress.guess is None
            or leased.mode is not Mode.LIVE  # made-up people have no company whose pattern is known
            or Field.EMAIL in progress.refused
            or leased.only_providers is not None
            or seen
            or any(before.provider == PATTERN for before in leased.asked_before)
            or address_by("first.last", leased.contact) is None
        )

    async def __call__(self, verifier: ConfiguredRoute, plan: Plan, progress: CascadeState) -> None:
        """Try the address where two known addresses of the company show its pattern, once it is its turn.

        Args:
            verifier: Who would be asked about it.
            plan: Of the field.
            progress: Of the cascade, to which this step applies.
        """
        if progress.guess is msgspec.UNSET:
            progress.guess = await self._guess(progress)
        if progress.guess is None:
            return
        leased, (pattern, address) = progress.leased, progress.guess
        given = [a.answer.value for a in progress.attempts if isinstance(a.answer, Found)]
        offer = as_offer(verifier, OF_PATTERN, PATTERN, Field.EMAIL, pattern)
        expected = its_turn(offer, plan, progress.attempts, progress.inputs.keys(), progress.skipped)
        if expected is None or address in given:
            return
        beginning = NewAttempt(
            cascade_id=leased.id,
            fencing_token=leased.fencing_token,
            provider=PATTERN,
            field=Field.EMAIL,
            tier=Tier.T1,
            route=pattern,
            position=0,
            missed_before=tuple(
                a.provider
                for a in progress.attempts
                if a.field is Field.EMAIL and isinstance(a.answer, Miss | Rejected)
            ),
            started_at=self._services.now(),
            expected=expected,
        )
        await self._record.begin(beginning)
        await self._judge(address, verifier, progress, expected)
        answer = _answer(address, progress)
        attempt = Attempt(provider=PATTERN, tier=Tier.T1, field=Field.EMAIL, route=pattern, answer=answer)
        await self._record.end(beginning, attempt)
        progress.attempts.append(attempt)

    async def _guess(self, progress: CascadeState) -> tuple[str, str] | None:
        """Read the pattern of the company and make the contact's address by it."""
        leased = progress.leased
        domain = leased.contact.company_domain or ""
        async with self._services.read() as connection:
            known = await known_addresses.at_domain(connection, leased.account_id, leased.mode, domain)
        pattern = known_pattern(known, domain)
        address = address_by(pattern, leased.contact) if pattern else None
        if pattern is None or address is None:
            return None
        guess = Found(field=Field.EMAIL, value=address, status=Deliverability.UNKNOWN, confidence=0, score=0)
        wrong = await reported_as_wrong(self._services, leased, [guess])
        return (pattern, address) if unless_wrong(Field.EMAIL, guess, wrong) is guess else None


def _answer(address: str, progress: CascadeState) -> Answer:
    """Return what the verdict makes of a guess; a domain that takes any address never makes it valid.

    Without a verdict nothing is known of it: it is no miss then, and is tried again for the next run.
    """
    verdicts = [a.answer for a in progress.attempts if a.field is Field.VERIFY and isinstance(a.answer, Found)]
    verdict = next((one for one in verdicts if one.value == address), None)
    if verdict is None:
        reason = "no verifier could be asked about the address that the company's pattern makes"
        return Failed(trouble=Trouble.INTERRUPTED, reason=reason)
    if verdict.status not in {Deliverability.VALID, Deliverability.RISKY}:
        return Rejected(reason="no verifier confirms the address that the company's pattern makes")
    is_sure = verdict.status is Deliverability.VALID and verdict.score > SETTLED_SCORE
    status = Deliverability.VALID if is_sure else Deliverability.RISKY
    return Found(
        field=Field.EMAIL,
        value=address,
        status=status,
        confidence=verdict.confidence if is_sure else DEFAULT_CONFIDENCE[status],
        score=DEFAULT_SCORE[status],
    )
