"""The catalogue joined with the operator's settings: what can be asked, at what price, and every problem at once."""

from decimal import Decimal

import pytest

from app.domain.vocabulary import Field
from app.domain.waterfall.provider_limits import Limit
from app.providers.declaration.spec import Mode
from app.providers.setup.registry import Registry
from app.settings.settings import ProviderSettings, Settings, SettingsError


def configured(**providers: ProviderSettings) -> Registry:
    return Registry(Settings(providers=providers))


def unusable(registry: Registry, provider: str) -> set[str | None]:
    return {o.unusable for mode in Mode for o in registry.offers(mode) if o.provider == provider}


def test_a_provider_without_a_key_says_which_setting_is_missing() -> None:
    assert unusable(configured(), "hunter") == {"LEADRUN_PROVIDER_HUNTER_API_KEY is not set"}


def test_a_provider_with_a_key_can_be_asked() -> None:
    assert unusable(configured(hunter=ProviderSettings(api_key="k")), "hunter") == {None}


def test_a_provider_that_is_switched_off_says_so() -> None:
    registry = configured(hunter=ProviderSettings(api_key="k", enabled=False))

    assert unusable(registry, "hunter") == {"switched off by LEADRUN_PROVIDER_HUNTER_ENABLED"}


def test_the_sandbox_needs_its_address_and_no_key() -> None:
    assert unusable(configured(), "sandbox-mail") == {"LEADRUN_SANDBOX_URL is not set"}
    assert unusable(Registry(Settings(sandbox_url="http://127.0.0.1:9")), "sandbox-mail") == {None}


def test_modes_never_mix() -> None:
    registry = configured()

    assert {o.provider for o in registry.offers(Mode.LIVE)} >= {"hunter", "dropcontact", "kaspr"}
    assert all(o.provider.startswith("sandbox-") for o in registry.offers(Mode.TEST))
    assert not any(o.provider.startswith("sandbox-") for o in registry.offers(Mode.LIVE))


def test_the_sandbox_plays_five_finders_over_three_tiers() -> None:
    listed = [(p.name, p.type, p.tier.value) for p in configured().listing(Mode.TEST)]

    assert listed == [
        ("sandbox-dial", "phone", "T1"),
        ("sandbox-mail", "email", "T1"),
        ("sandbox-duo", "both", "T2"),
        ("sandbox-later", "email", "T2"),
        ("sandbox-moody", "both", "T3"),
    ]


def test_a_listing_tells_what_is_enabled() -> None:
    listed = {p.name: p.enabled for p in configured(kaspr=ProviderSettings(api_key="k")).listing(Mode.LIVE)}

    assert listed["kaspr"]
    assert not listed["hunter"]


def test_the_operators_prices_replace_the_list_prices() -> None:
    own = ProviderSettings(api_key="k", price_call=Decimal("0.001"), price_success=Decimal(0))
    offers = [o for o in configured(hunter=own).offers(Mode.LIVE) if o.provider == "hunter"]

    assert {(o.price.call, o.price.success) for o in offers} == {(Decimal("0.001"), Decimal(0))}


def test_limits_of_the_provider_are_shared_by_its_ways_of_asking() -> None:
    offer = configured().offer("hunter", Field.EMAIL, "domain")

    assert offer
    assert offer.limits == (Limit(calls=15, seconds=1, shared=True), Limit(calls=500, seconds=60, shared=True))


def test_a_changed_key_is_another_credential_and_never_shown() -> None:
    one = configured(hunter=ProviderSettings(api_key="first-secret-key")).entry("hunter")
    two = configured(hunter=ProviderSettings(api_key="other-secret-key")).entry("hunter")
    none = configured().entry("hunter")

    assert one
    assert two
    assert none
    assert one.credential != two.credential
    assert "first-secret-key" not in repr(one) + one.credential
    assert none.credential == "none"


@pytest.mark.parametrize(
    ("slug", "own", "says"),
    [
        pytest.param("huntr", ProviderSettings(api_key="k"), "there is no provider 'huntr'", id="unknown provider"),
        pytest.param("hunter", ProviderSettings(api_key="test-api-key"), "dummy key", id="dummy key"),
        pytest.param("hunter", ProviderSettings(base_url="ftp://acme.example"), "BASE_URL: must be", id="scheme"),
        pytest.param("hunter", ProviderSettings(base_url="acme.example"), "BASE_URL: must be", id="no scheme"),
        pytest.param("hunter", ProviderSettings(base_url="http://[::1"), "BASE_URL: must be", id="broken"),
        pytest.param("hunter", ProviderSettings(base_url="http://u:p@acme.example"), "BASE_URL: must be", id="user"),
        pytest.param("hunter", ProviderSettings(base_url="http://acme.example/?a=b"), "BASE_URL: must be", id="query"),
        pytest.param("hunter", ProviderSettings(base_url="http://acme.example:99999"), "BASE_URL: must be", id="port"),
        pytest.param(
            "hunter", ProviderSettings(api_key="schlüssel"), "API_KEY: must be printable", id="key in Unicode"
        ),
        pytest.param("hunter", ProviderSettings(api_key="a\r\nb"), "API_KEY: must be printable", id="key of two lines"),
        pytest.param("hunter", ProviderSettings(price_call=Decimal(-1)), "PRICE_CALL: must be", id="price below zero"),
        pytest.param("hunter", ProviderSettings(price_call=Decimal("NaN")), "PRICE_CALL: must be", id="no price"),
    ],
)
def test_a_setting_that_cannot_be_is_a_problem(slug: str, own: ProviderSettings, says: str) -> None:
    with pytest.raises(SettingsError, match="LEADRUN_PROVIDER_") as caught:
        Registry(Settings(providers={slug: own}))

    assert says in str(caught.value)


def test_every_problem_is_reported_at_once() -> None:
    with pytest.raises(SettingsError) as caught:
        configured(nobody=ProviderSettings(api_key="k"), hunter=ProviderSettings(api_key="test-api-key"))

    assert len(caught.value.problems) == 2
