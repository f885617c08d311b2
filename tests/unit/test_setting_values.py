"""Values of settings that their types would take: numbers that nobody can count with, and mapped networks."""

import pytest

from app.domain.webhooks.delivery import SCHEDULES
from app.settings.reading import ENV_FILE, FIELDS, load_settings, read_settings
from tests.rows import each_row


@each_row(
    ("variable", "text", "reason"),
    [
        *((name, "inf", "must be a number of at most 43200000000") for name in ("LEASE_SECONDS", "SANDBOX_LATENCY_MS")),
        ("IDEMPOTENCY_HOURS", "inf", "must be a number of at most 12000000"),
        ("LEASE_SECONDS", "1e400", "must be a number that is not so large"),
        ("RATE_LIMIT", "9" * 30, "must be a whole number of at most 1000000000000"),
        ("RATE_LIMIT", "9" * 5000, "must be a number that is not so large"),
        ("CAP_USD_DAY", "1e999999", "must be an amount in USD, such as 0.05, and at most 1000000000000"),
        ("PROVIDER_HUNTER_PRICE_CALL", "1e6", "must be an amount in USD, such as 0.05, and at most 999999"),
        (
            "WEBHOOK_RETRY_DELAYS",
            "10,1e300",
            f"must be {' or '.join(SCHEDULES)}, or seconds separated by commas, such as 10,60,360",
        ),
        (
            "PROVIDER_HUNTER_LIMITS",
            "9" * 30 + "/60",
            "must be calls in seconds separated by commas, such as 5/1,300/60",
        ),
        *(
            (name, text, "must be an amount in USD, such as 0.05, and not below 0")
            for name in ("CAP_USD_DAY", "SECOND_OPINION_MAX_USD", "PROVIDER_HUNTER_PRICE_CALL")
            for text in ("NaN", "sNaN", "Infinity", "-1")
        ),
        pytest.param(
            "DNS_SERVERS",
            "192.0.2.53:99999",
            "must be addresses of name servers, such as 192.0.2.53 or 192.0.2.53:5353",
            id="a port",
        ),
    ],
)
def test_a_number_that_nobody_can_count_with_is_refused(variable: str, text: str, reason: str) -> None:
    """A negative price would keep a cap open for ever."""
    variable = f"LEADRUN_{variable}"
    assert load_settings({ENV_FILE: "", variable: text}).problems == (f"{variable}={text!r}: {reason}",)


def test_what_is_as_good_as_never_is_a_value() -> None:
    never = {"IDEMPOTENCY_HOURS": "1e6", "WEBHOOK_DISABLE_AFTER_HOURS": "1e6", "RUN_TIMEOUT_SECONDS": "1e10"}
    never |= {"RATE_LIMIT": "999999999999", "CAP_USD_DAY": "1e10"}
    assert load_settings({ENV_FILE: ""} | {f"LEADRUN_{name}": text for name, text in never.items()}).problems == ()


@each_row(
    ("text", "plain", "as_it_is"),
    [
        ("::ffff:0:0/96", "::ffff:0:0/96", "::ffff:0:0/96"),
        ("::ffff:10.0.0.0/104", "10.0.0.0/8", "::ffff:a00:0/104"),
        ("10.0.0.0/8,2001:db8::/32", "10.0.0.0/8,2001:db8::/32", "10.0.0.0/8,2001:db8::/32"),
        ("true", "0.0.0.0/0,::/0", "0.0.0.0/0,::/0"),
        ("false", "", ""),
    ],
)
def test_a_network_of_mapped_addresses_counts_for_ipv4_only_where_that_narrows(
    text: str, plain: str, as_it_is: str
) -> None:
    """All of them are not all of IPv4, and an allowed one allows nothing more than before."""
    for name, wanted in {
        "TRUSTED_PROXIES": plain,
        "WEBHOOK_DENY": plain,
        "WEBHOOK_ALLOW_PRIVATE": as_it_is,
        "WEBHOOK_ALLOW_PRIVATE_TEST": as_it_is,
    }.items():
        variable = f"LEADRUN_{name}"
        assert ",".join(getattr(read_settings({variable: text}), FIELDS[variable].name)) == wanted, name
