"""The settings of what may be spent, and of what is checked before a provider is paid."""

from typing import Annotated

from app.settings import parsers
from app.settings.fields import Usd, setting
from app.settings.people_settings import PeopleSettings


class SpendSettings(PeopleSettings, frozen=True, kw_only=True):
    """The settings of caps and of checks before a provider is paid, behind those of people."""

    cap_usd_day: Annotated[
        Usd, setting("USD that all providers together may charge in a day (UTC), for all accounts; see docs/spend.md.")
    ] = None
    cap_usd_month: Annotated[Usd, setting("The same in a month.")] = None
    preflight: Annotated[
        bool,
        setting(
            "`false` asks e-mail providers although DNS says that the company's domain takes no mail.",
            parse=parsers.switch,
        ),
    ] = True
    dns_servers: Annotated[
        tuple[str, ...],
        setting(
            "Name servers to ask instead of the system's, `192.0.2.53` or `192.0.2.53:5353`, separated by commas.",
            parse=parsers.name_servers,
        ),
    ] = ()
