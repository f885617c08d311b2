"""Proof (g): the third person of a company whose two addresses are known costs one verification."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from app.domain.contacts.contact import Contact
from app.settings.provider_settings import ProviderSettings
from app.settings.settings import Settings
from bench.lookups import bureau

PEOPLE = (("Jane", "Smith"), ("Rita", "Moss"), ("Ada", "Lund"))
FIND, VERIFY = Decimal("0.04"), Decimal("0.0037")


@dataclass(frozen=True, kw_only=True)
class Patterned:
    """The calls and the bill of the third persons of so many companies."""

    companies: int
    found: int
    searches: int
    verifications: int
    cost_usd: Decimal

    def __str__(self) -> str:
        """Show it in a line."""
        return (
            f"{self.found} of {self.companies} third persons found by {self.verifications} verifications and "
            f"{self.searches} searches, for {self.cost_usd / self.companies:.4f} USD each instead of {FIND}"
        )


async def third_persons(settings: Settings, companies: int) -> Patterned:
    """Look two persons of each company up, then a third, with a finder and a verifier that are played.

    Args:
        settings: Name databases that are migrated and empty.
        companies: Their number.
    """
    calls = {"hunter": 0, "millionverifier": 0}

    def find(query: Mapping[str, str]) -> dict[str, Any]:
        calls["hunter"] += 1
        address = f"{query['first_name']}.{query['last_name']}@{query['domain']}".lower()
        return {"data": {"email": address, "score": 97, "verification": {"status": "valid"}}}

    def verify(_: Mapping[str, str]) -> dict[str, Any]:
        calls["millionverifier"] += 1
        return {"result": "ok", "resultcode": 1, "error": ""}

    played = {
        "hunter": (find, ProviderSettings(price_call=Decimal(0), price_success=FIND)),
        "millionverifier": (verify, ProviderSettings(price_call=Decimal(0), price_success=VERIFY)),
    }
    async with bureau(settings, played) as open_bureau:
        [account] = open_bureau.accounts
        for first, last in PEOPLE:
            before = dict(calls)
            domains = [f"company-{number}.example" for number in range(companies)]
            people = [Contact(first_name=first, last_name=last, company_domain=domain) for domain in domains]
            ended = await open_bureau.look_up([(account, person) for person in people])
        found = [run.result.email for run in ended if run.result and run.result.email]
    searches, verifications = (calls[slug] - before[slug] for slug in played)
    return Patterned(
        companies=companies,
        found=sum(email.provider == "pattern" for email in found),
        searches=searches,
        verifications=verifications,
        cost_usd=searches * FIND + verifications * VERIFY,
    )
