"""The settings of one provider."""

from typing import Annotated

import msgspec

from app.settings import parsers
from app.settings.fields import Share, Text, Usd, setting
from app.settings.masking import hidden


class ProviderSettings(msgspec.Struct, frozen=True, kw_only=True):
    """The operator's settings of one provider; the variable is ``LEADRUN_PROVIDER_``, its name, and the field's."""

    api_key: Annotated[Text, setting("The key at this vendor; without one it is not asked.", mask=hidden)] = None
    api_secret: Annotated[
        Text, setting("The second half of the credentials, for vendors that have one.", mask=hidden)
    ] = None
    base_url: Annotated[
        Text, setting("Another address than the vendor's own, for proxies and tests.", parse=parsers.http_address)
    ] = None
    enabled: Annotated[bool, setting("`false` leaves the vendor out.", parse=parsers.switch)] = True
    routes: Annotated[
        tuple[str, ...],
        setting(
            "Fields or ways of asking to switch on that are off by default, separated by commas, such as `phone`.",
            parse=parsers.names,
        ),
    ] = ()
    limits: Annotated[
        tuple[tuple[int, float], ...],
        setting(
            "Calls in seconds that your plan allows over all ways of asking (`30/1,1800/60`); replaces all built-in "
            "limits, also those of single ways.",
            parse=parsers.rates,
        ),
    ] = ()
    price_call: Annotated[Usd, setting("What a call costs you in USD, instead of the list price.")] = None
    price_success: Annotated[Usd, setting("What a success costs you in USD, instead of the list price.")] = None
    price_call_email: Annotated[
        Usd, setting("The same for e-mails alone; it counts before the price for both fields.")
    ] = None
    price_call_phone: Annotated[Usd, setting("The same for phones alone.")] = None
    price_call_verify: Annotated[Usd, setting("The same for verifications of e-mail addresses alone.")] = None
    price_success_email: Annotated[Usd, setting("What a success costs you where an e-mail was looked for.")] = None
    price_success_phone: Annotated[Usd, setting("What a success costs you where a phone was looked for.")] = None
    price_success_verify: Annotated[Usd, setting("What a verdict on an e-mail address costs you.")] = None
    match_rate_email: Annotated[
        Share | None,
        setting(
            "How often you expect it to have an e-mail address, 0 to 1; orders `cheapest` until enough was observed."
        ),
    ] = None
    match_rate_phone: Annotated[Share | None, setting("The same for phones.")] = None
    price_credit: Annotated[
        Usd, setting("What one of the vendor's credits costs you in USD, where its answers say how many they took.")
    ] = None
    cap_usd_day: Annotated[Usd, setting("USD that this vendor may charge in a day (UTC), for all accounts.")] = None
    cap_usd_month: Annotated[Usd, setting("The same in a month.")] = None
