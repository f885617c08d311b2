"""The settings: one frozen value; the help text of each stands at its field."""

from pathlib import Path
from typing import Annotated

import msgspec

from app.domain.vocabulary import Lane
from app.domain.webhooks.delivery import SCHEDULES
from app.settings import parsers
from app.settings.fields import MOST, Count, Days, Hours, Port, Positive, SettingsError, Share, Text, setting
from app.settings.limit_settings import LimitSettings
from app.settings.masking import hidden, masked_url
from app.settings.provider_settings import ProviderSettings
from app.settings.urls import DatabaseUrl, RedisUrl

__all__ = ["MISSING", "PREFIX", "ProviderSettings", "Settings", "SettingsError"]

PREFIX = "LEADRUN_"
MISSING = "{} is not set; set it, or use `leadrun up`, which starts its own"


class Settings(LimitSettings, frozen=True, kw_only=True):
    """Every setting; the variable is ``LEADRUN_`` and the name in capitals."""

    database_url: Annotated[
        Text,
        setting(
            "PostgreSQL to use, `postgresql://user:password@host:5432/name`; unset, `leadrun up` starts one.",
            parse=parsers.database_address,
            mask=masked_url,
        ),
    ] = None
    database_pooler: Annotated[
        Text, setting("`transaction` behind a PgBouncer in that mode.", parse=parsers.one_of("transaction"))
    ] = None
    redis_url: Annotated[
        Text,
        setting(
            "Redis or Valkey to use, `redis://host:6379/0`, `rediss://…` with TLS or `unix:///path?db=0`; unset, "
            "`leadrun up` starts its own.",
            parse=parsers.redis_address,
            mask=masked_url,
        ),
    ] = None
    secret_key: Annotated[
        Text,
        setting(
            "Encrypts webhook secrets at rest; several, separated by commas, while rotating (the first encrypts). "
            "`leadrun up` makes one in its data directory.",
            parse=parsers.secret_keys,
            mask=hidden,
        ),
    ] = None
    host: Annotated[str, setting("Address the API listens on.")] = "127.0.0.1"
    port: Annotated[Port, setting("Port the API listens on.")] = 8000
    data_dir: Annotated[Path, setting("Where `leadrun up` keeps its databases, keys and logs.", parse=Path)] = Path(
        ".leadrun"
    )
    public_url: Annotated[
        Text, setting("Where clients reach the API, for links and callbacks.", parse=parsers.http_address)
    ] = None
    log_level: Annotated[
        str,
        setting("`debug`, `info`, `warning` or `error`.", parse=parsers.one_of("debug", "error", "info", "warning")),
    ] = "info"
    log_format: Annotated[str, setting("`json`, or `text` for people.", parse=parsers.one_of("json", "text"))] = "json"
    metrics_port: Annotated[Port, setting("Port on which a worker serves its own metrics; 0 serves none.")] = 0
    trusted_proxies: Annotated[
        tuple[str, ...],
        setting(
            "Networks of your reverse proxies: their connections are not counted by address, and the last address of "
            "their `X-Forwarded-For` that is not trusted is the client's; `X-Forwarded-Proto` says whether "
            "it speaks HTTPS.",
            parse=parsers.plain_networks,
        ),
    ] = ("127.0.0.0/8", "::1/128")
    idempotency_hours: Annotated[Hours, setting("Hours an `Idempotency-Key` is remembered.")] = 24.0
    cache_days: Annotated[Days, setting("Days a finished look-up answers duplicates.")] = 30.0
    provider_timeout_seconds: Annotated[Positive, setting("Seconds that a single look-up waits for one provider.")] = (
        20.0
    )
    bulk_provider_timeout_seconds: Annotated[
        Positive, setting("Seconds that a look-up of the bulk lane waits for one provider.")
    ] = 400.0
    sync_wait_seconds: Annotated[
        int,
        msgspec.Meta(ge=0, le=60),
        setting("Seconds that `find-email` and `find-phone` wait for a result before they answer 202."),
    ] = 30
    run_timeout_seconds: Annotated[
        Positive, setting("Seconds after which a single look-up ends with what it has found.")
    ] = 120.0
    bulk_run_timeout_seconds: Annotated[
        Positive, setting("Seconds after which a look-up of the bulk lane ends with what it has found.")
    ] = 1800.0
    lease_seconds: Annotated[Positive, setting("Seconds after which a silent worker's runs are taken over.")] = 30.0
    recovery_seconds: Annotated[
        Positive, setting("Seconds between searches for runs and deliveries that a lost process left behind.")
    ] = 2.0
    max_leases: Annotated[
        Count, setting("How many workers may be lost over one run before it ends as failed and is refunded.")
    ] = 5
    lanes: Annotated[
        tuple[str, ...],
        setting(
            "Which look-ups a worker process takes: `interactive` (single ones and jobs of up to 10), `bulk` (larger "
            "jobs and batches), or both.",
            parse=parsers.lanes,
        ),
    ] = (Lane.INTERACTIVE.value, Lane.BULK.value)
    worker_concurrency: Annotated[
        Count, setting("Runs that one worker process works on; where it takes both lanes, bulk gets half of them.")
    ] = 1000
    batch_concurrency: Annotated[
        Count, setting("Rows of one batch that are looked up at once; the others wait their turn.")
    ] = 2000
    db_pool_size: Annotated[Count, setting("Database connections of one process.")] = 10
    shutdown_seconds: Annotated[
        Positive, setting("Seconds a worker lets running look-ups finish before it hands them back.")
    ] = 7.0
    provider_poll_scale: Annotated[
        Positive, setting("Factor on the poll intervals of asynchronous providers whose base URL is set.")
    ] = 1.0
    accept_other_domains: Annotated[
        bool,
        setting(
            "`true` takes an address at a domain that is not the company's for found where the provider grades it "
            "valid, for companies that write from another domain; off, it is rejected.",
            parse=parsers.switch,
        ),
    ] = False
    sandbox_url: Annotated[
        Text, setting("Where the sandbox service of test-mode keys listens.", parse=parsers.http_address)
    ] = None
    sandbox_match_rate: Annotated[Share, setting("Share of made-up people that the sandbox finds, 0 to 1.")] = 0.8
    sandbox_latency_ms: Annotated[
        float, msgspec.Meta(ge=0, le=MOST), setting("Milliseconds a sandbox provider takes to answer.")
    ] = 150.0
    sandbox_slow_seconds: Annotated[Positive, setting("Seconds the sandbox's slow contact takes.")] = 30.0
    webhook_retry_delays: Annotated[
        tuple[float, ...],
        setting(
            "Seconds before each retry of a delivery, separated by commas; or `quickstart` (10,60,360) or `standard`, "
            "the ten attempts over 75 hours that Standard Webhooks gives as its example.",
            parse=parsers.delays,
        ),
    ] = SCHEDULES["quickstart"]
    webhook_jitter: Annotated[Share, setting("Share by which a retry may come later, 0 to 1.")] = 0.2
    webhook_timeout_seconds: Annotated[Positive, setting("Seconds a receiver has to answer.")] = 15.0
    webhook_allow_private: Annotated[
        tuple[str, ...],
        setting(
            "Networks (`127.0.0.0/8,::1/128`) that webhooks may reach although they are not public; `true` for all.",
            parse=parsers.networks,
        ),
    ] = ()
    webhook_allow_private_test: Annotated[
        tuple[str, ...],
        setting(
            "Networks that webhooks of test keys may reach as well; `leadrun up` allows the machine itself, if "
            "neither this nor `LEADRUN_WEBHOOK_ALLOW_PRIVATE` is set and it listens on this machine alone.",
            parse=parsers.networks,
        ),
    ] = ()
    webhook_deny: Annotated[
        tuple[str, ...],
        setting(
            "Networks that webhooks may not reach, public or allowed ones among them; this wins.",
            parse=parsers.plain_networks,
        ),
    ] = ()
    webhook_https_only: Annotated[bool, setting("`true` refuses `http://` receivers.", parse=parsers.switch)] = False
    webhook_proxy: Annotated[
        Text,
        setting(
            "Egress proxy that all deliveries go through (CONNECT), `http://host:4750`; the proxies of the environment "
            "are never used.",
            parse=parsers.proxy,
            mask=masked_url,
        ),
    ] = None
    webhook_payload_retention_days: Annotated[
        Days, setting("Days the payloads of deliveries are kept, counted from their event.")
    ] = 30.0
    webhook_attempt_retention_days: Annotated[Days, setting("Days the beginnings of receivers' answers are kept.")] = (
        7.0
    )
    webhook_disable_after_hours: Annotated[
        Hours, setting("Hours of nothing but failures after which an endpoint is disabled.")
    ] = 120.0
    webhook_concurrency: Annotated[Count, setting("Deliveries one worker process sends at once.")] = 200
    webhook_concurrency_per_host: Annotated[
        Count, setting("Deliveries at once to one receiver of an account; a quick one earns eight times as many.")
    ] = 4
    providers: dict[str, ProviderSettings] = msgspec.field(default_factory=dict)

    @property
    def gather_seconds(self) -> float:
        """Seconds that transactions wait for others to join, where bulk work is served alone, to spare the disk."""
        return 0.1 if self.lanes == (Lane.BULK.value,) else 0.0

    def database_address(self) -> DatabaseUrl:
        """Return the address of PostgreSQL.

        Raises:
            SettingsError: None is set.
        """
        if not self.database_url:
            raise SettingsError([MISSING.format("LEADRUN_DATABASE_URL")])
        return DatabaseUrl.parse(self.database_url)

    def redis_address(self) -> RedisUrl:
        """Return the address of Redis.

        Raises:
            SettingsError: None is set.
        """
        if not self.redis_url:
            raise SettingsError([MISSING.format("LEADRUN_REDIS_URL")])
        return RedisUrl.parse(self.redis_url)

    def provider(self, slug: str) -> ProviderSettings:
        """Return what is set for one provider; defaults where nothing is."""
        return self.providers.get(slug, ProviderSettings())
