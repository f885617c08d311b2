"""The settings: one frozen value, read once from the environment; every problem is reported at once."""

import re
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any

import msgspec

from app.domain.vocabulary import Lane
from app.domain.webhooks.delivery import SCHEDULES
from app.settings.parsers import FALSE, SPECIAL, TRUE, rates

PREFIX = "LEADRUN_"
BULK_GATHER = 0.1
_PROVIDER = re.compile(
    r"LEADRUN_PROVIDER_(?P<slug>[A-Z0-9_]+?)_"
    r"(?P<part>API_KEY|API_SECRET|BASE_URL|ENABLED|ROUTES|LIMITS|PRICE_(?:CALL|SUCCESS)(?:_EMAIL|_PHONE)?|PRICE_CREDIT)\Z"
)

Positive = Annotated[float, msgspec.Meta(gt=0)]
Count = Annotated[int, msgspec.Meta(ge=1)]
Share = Annotated[float, msgspec.Meta(ge=0, le=1)]
Port = Annotated[int, msgspec.Meta(ge=0, le=65535)]


# Names of version 0.1; each is read for this version still.
RENAMED = {
    "interactive_patience": "provider_timeout_seconds",
    "bulk_patience": "bulk_provider_timeout_seconds",
    "run_deadline": "run_timeout_seconds",
    "bulk_deadline": "bulk_run_timeout_seconds",
    "lookup_wait": "sync_wait_seconds",
    "sweep_seconds": "recovery_seconds",
    "max_claims": "max_leases",
    "runs_in_flight": "worker_concurrency",
    "batch_window": "batch_concurrency",
    "webhook_timeout": "webhook_timeout_seconds",
    "webhook_payload_days": "webhook_payload_retention_days",
    "webhook_try_days": "webhook_attempt_retention_days",
    "webhooks_in_flight": "webhook_concurrency",
    "webhooks_per_host": "webhook_concurrency_per_host",
}


class SettingsError(ValueError):
    """The environment does not make valid settings; `problems` lists every one."""

    def __init__(self, problems: list[str]) -> None:
        """Keep the problems, one sentence each."""
        super().__init__("; ".join(problems))
        self.problems = problems


class ProviderSettings(msgspec.Struct, frozen=True, kw_only=True):
    """What the operator set for one provider: credentials, address, switches, prices in USD."""

    api_key: str | None = None
    api_secret: str | None = None
    base_url: str | None = None
    enabled: bool = True
    routes: tuple[str, ...] = ()
    limits: tuple[tuple[int, float], ...] = ()
    price_call: Decimal | None = None
    price_success: Decimal | None = None
    price_call_email: Decimal | None = None
    price_call_phone: Decimal | None = None
    price_success_email: Decimal | None = None
    price_success_phone: Decimal | None = None
    price_credit: Decimal | None = None


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """Every setting; the variable is ``LEADRUN_`` and the name in capitals; `app.settings.help_texts` explains each."""

    database_url: str | None = None
    redis_url: str | None = None
    secret_key: str | None = None
    host: str = "127.0.0.1"
    port: Port = 8000
    data_dir: Path = Path(".leadrun")
    public_url: str | None = None
    log_level: str = "info"
    log_format: str = "json"
    metrics_port: Port = 0
    rate_limit: Count = 60
    read_limit: Count = 6000
    idempotency_hours: Positive = 24.0
    cache_days: Positive = 30.0
    provider_timeout_seconds: Positive = 20.0
    bulk_provider_timeout_seconds: Positive = 400.0
    run_timeout_seconds: Positive = 120.0
    sync_wait_seconds: Annotated[int, msgspec.Meta(ge=0, le=60)] = 30
    bulk_run_timeout_seconds: Positive = 1800.0
    lease_seconds: Positive = 30.0
    recovery_seconds: Positive = 2.0
    max_leases: Count = 5
    lanes: tuple[str, ...] = (Lane.INTERACTIVE.value, Lane.BULK.value)
    worker_concurrency: Count = 1000
    batch_concurrency: Count = 2000
    db_pool_size: Count = 10
    shutdown_seconds: Positive = 7.0
    provider_poll_scale: Positive = 1.0
    accept_other_domains: bool = False
    sandbox_url: str | None = None
    sandbox_match_rate: Share = 0.8
    sandbox_latency_ms: Annotated[float, msgspec.Meta(ge=0)] = 150.0
    sandbox_slow_seconds: Positive = 30.0
    webhook_retry_delays: tuple[float, ...] = SCHEDULES["quickstart"]
    webhook_jitter: Share = 0.2
    webhook_timeout_seconds: Positive = 15.0
    webhook_allow_private: tuple[str, ...] = ()
    webhook_deny: tuple[str, ...] = ()
    webhook_https_only: bool = False
    webhook_proxy: str | None = None
    webhook_payload_retention_days: Positive = 30.0
    webhook_attempt_retention_days: Positive = 7.0
    webhook_disable_after_hours: Positive = 120.0
    webhook_concurrency: Count = 200
    webhook_concurrency_per_host: Count = 4
    providers: dict[str, ProviderSettings] = {}

    @property
    def gather_seconds(self) -> float:
        """How long transactions wait for company: where only large jobs are served, the disk is left to others."""
        return BULK_GATHER if self.lanes == (Lane.BULK.value,) else 0.0

    def provider(self, slug: str) -> ProviderSettings:
        """Return what is set for one provider; defaults where nothing is."""
        return self.providers.get(slug, ProviderSettings())


_SECRETS = ("database_url", "redis_url", "secret_key", "webhook_proxy")
# What the scripts in docs/quickstart read, perhaps in the same shell.
_OF_CLIENTS = frozenset({"LEADRUN_URL", "LEADRUN_KEY"})


def read_settings(environ: Mapping[str, str]) -> Settings:
    """Read the settings from an environment.

    Raises:
        SettingsError: With every problem at once: unknown variables, wrong types, values out of range.
    """
    problems: list[str] = []
    values: dict[str, Any] = {}
    vendors: dict[str, dict[str, Any]] = {}
    types = {f.name: f.type for f in msgspec.structs.fields(Settings)}
    vendor_types = {f.name: f.type for f in msgspec.structs.fields(ProviderSettings)}
    for variable, text in sorted(environ.items()):
        if not variable.startswith(PREFIX) or variable in _OF_CLIENTS:
            continue
        name = variable.removeprefix(PREFIX).lower()
        if name in RENAMED:
            name = RENAMED[name]
            if f"{PREFIX}{name.upper()}" in environ:
                continue
        vendor = _PROVIDER.match(variable)
        try:
            if vendor and name not in types:
                slug, part = vendor["slug"].lower().replace("_", "-"), vendor["part"].lower()
                if text.strip():
                    read = rates(text) if part == "limits" else _convert(text, vendor_types[part])
                    vendors.setdefault(slug, {})[part] = read
            elif name in types and name != "providers":
                values[name] = _special(name, text) if name in SPECIAL else _convert(text, types[name])
            else:
                problems.append(f"{variable} is not a setting of leadrun")
        except (ValueError, msgspec.ValidationError) as error:
            shown = "***" if name in _SECRETS or (vendor and vendor["part"].startswith("API")) else repr(text)
            problems.append(f"{variable}={shown}: {error}")
    if problems:
        raise SettingsError(problems)
    made = {slug: ProviderSettings(**parts) for slug, parts in vendors.items()}
    return Settings(**values, providers=made)


def _convert(text: str, to: Any) -> Any:  # noqa: ANN401 - a type known only at run time
    if to is bool:
        folded = text.strip().lower()
        if folded not in TRUE | FALSE:
            raise ValueError("must be true or false")
        return folded in TRUE
    if to == tuple[str, ...]:
        return tuple(part.strip().lower() for part in text.split(",") if part.strip())
    return msgspec.convert(text.strip() or None if "None" in str(to) else text.strip(), to, strict=False)


def _special(name: str, text: str) -> object:
    return SPECIAL[name](text.strip())


def redis_url(settings: Settings) -> str:
    """Return the URL of Redis.

    Raises:
        SettingsError: When none is set.
    """
    if not settings.redis_url:
        raise SettingsError(["LEADRUN_REDIS_URL is not set; set it, or use `leadrun up`, which starts its own"])
    return settings.redis_url


def masked(settings: Settings) -> dict[str, object]:
    """Show the effective settings with every secret replaced by ``***``."""
    shown: dict[str, object] = {}
    for field in msgspec.structs.fields(Settings):
        value = getattr(settings, field.name)
        if field.name in _SECRETS and value is not None:
            value = re.sub(r"//[^@/]*@", "//***@", value) if "://" in value else "***"
        shown[field.name] = value
    shown["data_dir"] = str(settings.data_dir)
    shown["providers"] = {
        slug: {
            name: "***" if name.startswith("api_") and part is not None else part
            for name, part in msgspec.structs.asdict(vendor).items()
        }
        for slug, vendor in settings.providers.items()
    }
    return shown
