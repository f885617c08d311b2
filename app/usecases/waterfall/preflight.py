"""Check for free before providers are paid: a domain that takes no mail has no addresses to find."""

import asyncio
from collections.abc import Sequence

import dns.asyncresolver
import dns.exception

from app.domain.vocabulary import Field, Mode
from app.domain.waterfall.asked_before import has_rest
from app.domain.waterfall.attempt import Outcome
from app.domain.waterfall.mail_domain import (
    TAKES_NO_MAIL,
    MailDomain,
    domains_to_check,
    skip_of_check,
    skips_without_mail,
)
from app.mail_domains import look_up
from app.metrics import PREFLIGHT_CHECKS
from app.name_servers import make_resolver
from app.redis.mail_domain_cache import MailDomainCache
from app.services import Services
from app.store.waterfall.cascades import LeasedCascade
from app.usecases.waterfall.attempt import CascadeState, Plan

# How long a process remembers an answer, and a failure of DNS, in seconds.
REMEMBERED = 600.0
FAILURE_REMEMBERED = 30.0
MOST_REMEMBERED = 4096
_FAILED = "DNS did not say whether the domain takes mail, so the providers are asked"


class Preflight:
    """Checks contacts before anything is paid for them."""

    def __init__(self, services: Services) -> None:
        """Prepare the resolver; without any name server nothing is checked."""
        self._services = services
        self._cache = MailDomainCache(services.redis)
        self._remembered: dict[str, tuple[float, asyncio.Task[MailDomain]]] = {}
        self._resolver: dns.asyncresolver.Resolver | None = None
        if services.settings.preflight:
            try:
                self._resolver = make_resolver(services.settings.dns_servers)
            except dns.exception.DNSException:
                self._resolver = None

    async def mail_family(self, progress: CascadeState) -> str | None:
        """Read what DNS says of the company's domain, and return the family of its mail servers for the plan.

        Test keys have made-up domains, so nothing is checked for them. Nothing is checked either where no e-mail
        address is wanted, or where one at another domain is accepted.
        """
        domain = self._checked_domain(progress.leased)
        if domain and Field.EMAIL in progress.fields:
            progress.mail = await self._find(domain)
        return progress.mail_family

    def __call__(self, progress: CascadeState, plans: Sequence[Plan]) -> None:
        """Skip the providers whose answers could not be used, and note the check among the attempts.

        Where no provider of e-mail addresses would be asked, the check is not noted. Neither is it where an earlier
        lease has asked one: what was begun goes on.

        Args:
            progress: The cascade, before its first call.
            plans: Of its fields.
        """
        plan = next((plan for plan in plans if plan.field is Field.EMAIL), None)
        found = progress.mail
        if plan is None or found is None or _has_begun(progress):
            return
        if not has_rest([plan], progress.leased.asked_before, progress.inputs.keys()):
            return
        PREFLIGHT_CHECKS.labels(_RESULT[found.takes_mail]).inc()
        if found.takes_mail is None:
            progress.skipped.append(skip_of_check(_FAILED, Outcome.ERROR))
        elif not found.takes_mail:
            progress.skipped += skips_without_mail(plan, progress.skipped, found)
            progress.refused[Field.EMAIL] = TAKES_NO_MAIL

    def _checked_domain(self, leased: LeasedCascade) -> str | None:
        settings = self._services.settings
        unchecked = self._resolver is None or leased.mode is Mode.TEST or settings.accept_other_domains
        return None if unchecked else leased.contact.company_domain

    async def _find(self, domain: str) -> MailDomain:
        """Return what DNS says of a domain: that it takes none only if nothing above it takes mail for it either."""
        found = MailDomain(takes_mail=True)
        for one in domains_to_check(domain, own_servers=bool(self._services.settings.dns_servers)):
            known = await self._known(one)
            if known.takes_mail is not False:
                return known
            found = known if found.takes_mail else found
        return found

    async def _known(self, domain: str) -> MailDomain:
        """Ask once for all cascades that need to know now; remember failures for a short time alone."""
        now = self._services.clock.monotonic()
        until, task = self._remembered.get(domain, (0.0, None))
        if task is None or now >= until:
            task = asyncio.create_task(self._ask(domain))
            while len(self._remembered) >= MOST_REMEMBERED:
                self._remembered.pop(next(iter(self._remembered)))
            self._remembered[domain] = (now + FAILURE_REMEMBERED, task)
            found = await asyncio.shield(task)
            if found.takes_mail is not None:
                self._remembered[domain] = (now + REMEMBERED, task)
            return found
        return await asyncio.shield(task)

    async def _ask(self, domain: str) -> MailDomain:
        held = await self._cache.read(domain)
        if held or self._resolver is None:
            return held or MailDomain(takes_mail=None)
        found = await look_up(self._resolver, domain)
        if found.takes_mail is not None:
            await self._cache.write(domain, found)
        return found


def _has_begun(progress: CascadeState) -> bool:
    """Return whether an e-mail address was looked for already, by an earlier lease."""
    return Field.EMAIL in {one.field for one in progress.attempts} | {field for _, field in progress.open}


_RESULT = {True: "takes_mail", False: "takes_no_mail", None: "unknown"}
