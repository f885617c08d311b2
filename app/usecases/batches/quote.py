"""Quote a list: read it as an upload would, and say what it is expected to find and to cost; nothing is spent."""

import asyncio
import math
from collections import Counter
from collections.abc import Iterable
from functools import partial
from itertools import islice

import msgspec

from app.domain.accounts.owner import Owner
from app.domain.accounts.pricing import Plan, price
from app.domain.contacts.contact import Contact
from app.domain.order.segment import segment_of
from app.domain.order.statistics import Statistics
from app.domain.order.waterfall import lifetime
from app.domain.planning.plans import make_plans
from app.domain.planning.quote import ExpectedOutcome, QuotedGroup, QuotedInterval, QuotedStep, expect
from app.domain.planning.quote_terms import QuoteTerms, StoredQuote
from app.domain.planning.simulation import replay
from app.domain.runs.judged_row import JudgedRow
from app.domain.runs.lookup_options import LookupOptions
from app.domain.vocabulary import FIELDS_OF, Lane, ResultStatus
from app.domain.waterfall.cache_policy import answered_by, fresh_since, project
from app.domain.waterfall.policy import inputs
from app.services import Services
from app.store.accounts import ledger
from app.store.database import queries
from app.store.runs import quotes
from app.store.waterfall import cache, provider_statistics
from app.usecases.accounts.authenticate import Principal
from app.usecases.batches.portions import RowsToRead
from app.usecases.batches.preview import BatchPreview, preview_batch
from app.usecases.waterfall.estimate import EstimateDuration

# Fingerprints that one statement looks for in the cache.
CACHE_PORTION = 2000


# The inputs that are known of a contact, and its segment: equal ones are looked up alike.
Alike = tuple[frozenset[str], str]


class QuotedList(msgspec.Struct, frozen=True, kw_only=True):
    """A list and what it is expected to come to.

    Attributes:
        answered: Contacts that the cache answers at no charge.
        quote: As it is kept, so that a batch may refer to it.
    """

    preview: BatchPreview
    answered: int
    quote: StoredQuote

    @property
    def terms(self) -> QuoteTerms:
        """The terms of the quote."""
        return self.quote.terms


async def quote_list(
    services: Services,
    estimate: EstimateDuration,
    principal: Principal,
    options: LookupOptions,
    rows: RowsToRead,
    *,
    strict: bool = False,
    warnings: tuple[str, ...] = (),
) -> QuotedList:
    """Read a list and say what it is expected to come to; nothing but the quote is stored, nothing asked or charged.

    Args:
        services: The process's.
        estimate: Estimates durations.
        principal: The key that would submit it.
        options: Its options.
        rows: Its rows.
        strict: Whether a row from which anything would be dropped is a bad one.
        warnings: Of the request.

    Raises:
        InvalidInputError: There are more rows than a batch may have, or they cannot be read further.
        UnavailableError: The database cannot be reached.
    """
    people: dict[bytes, Alike] = {}
    samples: dict[Alike, tuple[Alike, Contact]] = {}
    preview = await preview_batch(
        services, principal, options, rows, strict=strict, warnings=warnings, look=partial(collect, people, samples)
    )
    answered = {} if options.force_refresh else await _answered(services, principal, options, people)
    fresh = Counter(alike for key, alike in people.items() if key not in answered)
    async with services.read() as connection:
        plan = (await ledger.plans(connection))[principal.plan]
        known = Statistics(await provider_statistics.read(connection, principal.mode))
    groups = [
        QuotedGroup(contacts=count, fields=_fields(services, principal, options, samples[alike][1], known))
        for alike, count in fresh.items()
    ]
    expected = await asyncio.to_thread(partial(expect, groups, services.random))
    seconds = await estimate(mode=principal.mode, kind=options.type, lane=Lane.BULK, count=sum(fresh.values()))
    found = sum(answered.values())
    now = services.now()
    quote = StoredQuote(
        id=services.new_id(),
        owner=Owner(principal.account_id, principal.mode),
        type=options.type,
        contacts=preview.total - preview.rejected,
        terms=QuoteTerms(
            found=_rounded(expected.found, more=found),
            cost_usd=_rounded(expected.cost_usd, places=4),
            credits=_credits(plan, principal, options, groups, expected),
            seconds=max(seconds, _paced(services, principal, expected)),
        ),
        created_at=now,
    )
    if quote.contacts:
        async with services.write() as connection:
            await quotes.add(connection, quote)
    return QuotedList(preview=preview, answered=len(answered), quote=quote)


def _rounded(interval: QuotedInterval, *, more: int = 0, places: int = 1) -> QuotedInterval:
    bounds = (interval.expected, interval.low, interval.high)
    expected, low, high = (round(bound + more, places) for bound in bounds)
    return QuotedInterval(expected=expected, low=low, high=high)


def collect(people: dict[bytes, Alike], samples: dict[Alike, tuple[Alike, Contact]], rows: Iterable[JudgedRow]) -> None:
    """Keep of each contact how it would be looked up; of those that are alike, one whole."""
    for row in rows:
        if row.contact and row.fingerprint:
            own = (frozenset(inputs(row.contact)), segment_of(row.contact))
            # Equal ones are kept once.
            alike, _ = samples.setdefault(own, (own, row.contact))
            people.setdefault(row.fingerprint, alike)


async def _answered(
    services: Services, principal: Principal, options: LookupOptions, people: Iterable[bytes]
) -> dict[bytes, bool]:
    """Find the contacts that the cache answers, and whether something was found of each."""
    since = fresh_since(services.now(), lifetime(options.waterfall, services.settings.cache_days))
    answered: dict[bytes, bool] = {}
    left = iter(people)
    async with services.read() as connection:
        while portion := list(islice(left, CACHE_PORTION)):
            wanted = [(principal.account_id, principal.mode.value, key) for key in portion]
            [query] = cache.find(wanted, since)
            for (_, _, key), entries in (await queries.run(connection, query)).items():
                covering = (project(e.result, options.type) for e in entries if e.type in answered_by(options.type))
                if hit := next((one for one in covering if one), None):
                    answered[key] = hit[0] is ResultStatus.FOUND
    return answered


def _fields(
    services: Services, principal: Principal, options: LookupOptions, contact: Contact, known: Statistics
) -> tuple[tuple[QuotedStep, ...], ...]:
    plans = make_plans(
        FIELDS_OF[options.type],
        services.registry.offers(principal.mode),
        contact,
        waterfall=options.waterfall,
        lane=Lane.BULK,
        only=options.only_providers,
        max_cost_usd=options.max_cost_usd,
        statistics=known,
    )
    names, segment = inputs(contact).keys(), segment_of(contact)
    return tuple(replay(plan, names, (), known, segment).steps for plan in plans)


def _credits(
    plan: Plan, principal: Principal, options: LookupOptions, groups: Iterable[QuotedGroup], expected: ExpectedOutcome
) -> QuotedInterval:
    """Return the credits that fresh look-ups are charged in the end; those that nobody can be asked for cost nothing.

    They are certain where the plan gives nothing back for a miss.
    """
    unit = price(plan, principal.mode, options.type)
    if ResultStatus.NOT_FOUND in plan.refunds:
        found = expected.found
        low, high = unit * math.floor(found.low), unit * math.ceil(found.high)
        return QuotedInterval(expected=round(unit * found.expected, 1), low=low, high=high)
    whole = unit * sum(group.contacts for group in groups if any(group.fields))
    return QuotedInterval(expected=whole, low=whole, high=whole)


def _paced(services: Services, principal: Principal, expected: ExpectedOutcome) -> int:
    """Return the seconds that the providers' own rate limits need for so many calls."""
    paces = {
        offer.provider: max((limit.seconds / limit.calls for limit in offer.limits), default=0.0)
        for offer in services.registry.offers(principal.mode)
    }
    return math.ceil(max((calls * paces.get(name, 0.0) for name, calls in expected.calls.items()), default=0.0))
