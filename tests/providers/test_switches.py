"""The operator's settings of a provider, from the variable to what is asked."""

from decimal import Decimal

import pytest

from app.domain.vocabulary import Field
from app.domain.waterfall.provider_limits import Limit
from app.providers.setup.registry import Registry
from app.settings.reading import read_settings
from app.settings.settings import SettingsError

KEYED = {"LEADRUN_PROVIDER_HUNTER_API_KEY": "k"}


def test_switches_prices_and_limits_are_read_from_the_environment() -> None:
    read = read_settings(
        {
            "LEADRUN_PROVIDER_HUNTER_ROUTES": " Phone, linkedin ",
            "LEADRUN_PROVIDER_HUNTER_LIMITS": "30/1, 1800/60,500000/86400",
            "LEADRUN_PROVIDER_HUNTER_PRICE_CREDIT": "0.012",
        }
    ).provider("hunter")

    assert read.routes == ("phone", "linkedin")
    assert read.limits == ((30, 1.0), (1800, 60.0), (500_000, 86_400.0))
    assert read.price_credit == Decimal("0.012")


@pytest.mark.parametrize("text", ["30", "0/1", "5/0", "-1/60", "five/60", "5/60/7", "5/inf", "5/nan", "1.5/60"])
def test_limits_that_are_none_are_a_problem(text: str) -> None:
    with pytest.raises(SettingsError, match="must be calls in seconds"):
        read_settings({"LEADRUN_PROVIDER_HUNTER_LIMITS": text})


@pytest.mark.parametrize(
    ("provider", "field", "route"),
    [
        ("hunter", Field.EMAIL, "domain"),
        # Of these the vendor's plan limits single ways.
        ("leadmagic", Field.EMAIL, "domain"),
        ("leadmagic", Field.PHONE, "linkedin"),
        ("tomba", Field.EMAIL, "linkedin"),
    ],
)
def test_the_limits_of_a_plan_replace_those_of_the_catalogue(provider: str, field: Field, route: str) -> None:
    registry = Registry(read_settings(KEYED | {f"LEADRUN_PROVIDER_{provider.upper()}_LIMITS": "20/1"}))

    offer = registry.offer(provider, field, route)
    assert offer
    assert offer.limits == (Limit(calls=20, seconds=1, shared=True),)


def test_the_operators_match_rate_stands_in_place_of_the_catalogues_prior() -> None:
    registry = Registry(read_settings(KEYED | {"LEADRUN_PROVIDER_HUNTER_MATCH_RATE_EMAIL": "0.35"}))
    priors = {
        slug: offer.prior for slug in ("hunter", "tomba") if (offer := registry.offer(slug, Field.EMAIL, "domain"))
    }
    assert (priors["hunter"].returns, priors["hunter"].source) == (0.35, "the operator's settings")
    assert (priors["tomba"].returns, priors["tomba"].source) == (0.5, "house prior")


def test_a_price_of_a_credit_below_nothing_is_a_problem() -> None:
    with pytest.raises(SettingsError, match=r"PRICE_CREDIT.*: must be an amount in USD"):
        Registry(read_settings({"LEADRUN_PROVIDER_HUNTER_PRICE_CREDIT": "-1"}))
