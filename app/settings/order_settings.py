"""The settings of the order in which providers are asked."""

from decimal import Decimal
from typing import Annotated

from app.settings.fields import Share, Text, Usd, setting
from app.settings.spend_settings import SpendSettings


class OrderSettings(SpendSettings, frozen=True, kw_only=True):
    """The settings of the order, behind those of spending: a Struct has one base."""

    waterfall: Annotated[
        str,
        setting(
            "The waterfall of requests that name none, where the account has no waterfall `default`: `tiers`, "
            "`cheapest`, `fastest`, or one of `LEADRUN_WATERFALLS_FILE`."
        ),
    ] = "tiers"
    waterfalls_file: Annotated[
        Text,
        setting("File of this installation's waterfalls, a JSON object of them by name; read when a process starts."),
    ] = None
    exploration_share: Annotated[
        Share,
        setting(
            "Share of an account's spend that the strategies `cheapest` and `fastest` may use to explore providers "
            "that are little known, 0 to 1; 0 switches it off. Test keys and runs at their cap never explore."
        ),
    ] = 0.02
    second_opinion_max_usd: Annotated[
        Usd,
        setting(
            "The most in USD that a verifier may charge to judge an address that its finder is not sure of, before the "
            "next finder is asked; `0` asks only those that charge nothing."
        ),
    ] = Decimal("0.01")
