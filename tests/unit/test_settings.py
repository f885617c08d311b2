"""Settings are read from the environment, a settings file and the command line, and all problems reported at once."""

import re
from pathlib import Path

import pytest

from app.settings.reading import ENV_FILE, FIELDS, RENAMED, load_settings, masked, masked_text, read_settings
from app.settings.settings import Settings, SettingsError
from app.settings.smtp import SmtpUrl
from tests.rows import each_row

NO_FILE = {ENV_FILE: ""}


def problems(**environ: str) -> list[str]:
    return list(load_settings({**NO_FILE, **{f"LEADRUN_{name}": text for name, text in environ.items()}}).problems)


@pytest.fixture
def env_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The settings file of a working directory, which is not there yet."""
    monkeypatch.chdir(tmp_path)
    return tmp_path / ".env"


def test_without_variables_every_setting_has_its_default() -> None:
    assert read_settings({}) == Settings()


def test_all_problems_are_reported_at_once_each_with_its_variable() -> None:
    found = problems(RATE_LIMIT="0", PORT="http", LANES="slow", TYPO="1", PROVIDER_HUNTER_LIMITS="fast")
    assert [sentence.partition("=")[0].partition(" ")[0] for sentence in found] == [
        "LEADRUN_LANES",
        "LEADRUN_PORT",
        "LEADRUN_PROVIDER_HUNTER_LIMITS",
        "LEADRUN_RATE_LIMIT",
        "LEADRUN_TYPO",
    ]
    assert found[3] == "LEADRUN_RATE_LIMIT='0': must be a whole number of at least 1"


@each_row(
    ("variable", "text", "reason"),
    [
        pytest.param("PORT", "80800", "must be a whole number of at most 65535", id="too much"),
        pytest.param("RATE_LIMIT", "", "must be a whole number", id="empty"),
        pytest.param("SIGNUP_CREDITS", "1000001", "must be a whole number of at most 1000000", id="a million"),
        pytest.param("OIDC_NAME", "n" * 41, "must be a text of at most 40 characters", id="too long"),
        pytest.param("SANDBOX_MATCH_RATE", "high", "must be a number", id="a word"),
        pytest.param("LEASE_SECONDS", "0", "must be a number above 0", id="none"),
        pytest.param("CACHE_DAYS", "inf", "must be a number of at most 500000", id="for ever"),
        pytest.param("AUDIT_RETENTION_DAYS", "1e9", "must be a number of at most 500000", id="before the first year"),
        pytest.param("OIDC_NAME", "", "must be a text of at least 1 character", id="no name"),
        pytest.param("PREFLIGHT", "maybe", "must be true or false", id="a switch"),
        pytest.param("PROVIDER_HUNTER_PRICE_CALL", "cheap", "must be an amount in USD, such as 0.05", id="a price"),
        pytest.param(
            "WEBHOOK_DENY",
            "10.0.0.1/8",
            "must be networks separated by commas, such as 10.20.0.0/16; did you mean 10.0.0.0/8?",
            id="an address with a mask",
        ),
        pytest.param(
            "WEBHOOK_DENY", "intranet", "must be networks separated by commas, such as 10.20.0.0/16", id="a name"
        ),
    ],
)
def test_a_wrong_value_is_refused_in_plain_words(variable: str, text: str, reason: str) -> None:
    assert problems(**{variable: text}) == [f"LEADRUN_{variable}={text!r}: {reason}"]


@pytest.mark.parametrize(
    ("variable", "meant"),
    [
        pytest.param("WORKER_CONCURENCY", "LEADRUN_WORKER_CONCURRENCY", id="a letter"),
        pytest.param("PROVIDER_HUNTER_KEY", "LEADRUN_PROVIDER_HUNTER_API_KEY", id="a part of a provider"),
        pytest.param("DATABSE_URL", "LEADRUN_DATABASE_URL", id="a server"),
    ],
)
def test_a_misspelt_variable_is_refused_with_the_one_that_is_meant(variable: str, meant: str) -> None:
    assert problems(**{variable: "1"}) == [f"LEADRUN_{variable} is not a setting of leadrun; did you mean {meant}?"]


def test_the_value_of_a_variable_that_nobody_knows_is_not_shown() -> None:
    (sentence,) = problems(PROVIDER_ACME_ZZ="not-to-be-shown")
    assert "not-to-be-shown" not in sentence
    assert "is not a setting of leadrun; a provider's setting ends in _API_KEY, _API_SECRET, " in sentence


@each_row("variable", ["SECRET_KEY", "DATABASE_URL", "REDIS_URL", "WEBHOOK_PROXY", "SANDBOX_URL"])
def test_a_secret_that_is_refused_is_not_shown(variable: str) -> None:
    (sentence,) = problems(**{variable: "x://user:pa/ss@host" if "URL" in variable or "PROXY" in variable else "pa/ss"})
    assert "pa/ss" not in sentence


def test_a_switch_and_an_optional_setting_understand_an_empty_text() -> None:
    read = read_settings({"LEADRUN_WEBHOOK_HTTPS_ONLY": "", "LEADRUN_PUBLIC_URL": "", "LEADRUN_WEBHOOK_PROXY": ""})
    assert (read.webhook_https_only, read.public_url, read.webhook_proxy) == (False, None, None)


@each_row("old", list(RENAMED))
def test_an_old_name_is_read_with_a_warning(old: str) -> None:
    new = RENAMED[old]
    loaded = load_settings({**NO_FILE, old: "7"})
    assert getattr(loaded.settings, FIELDS[new].name) == 7
    assert loaded.warnings == (f"{old} (environment) is the old name of {new}; it is read in this version only",)
    assert (old in loaded.environ, loaded.environ[new]) == (False, "7")


def test_the_new_name_wins_over_the_old_one() -> None:
    both = {"LEADRUN_LOOKUP_WAIT": "5", "LEADRUN_SYNC_WAIT_SECONDS": "9"}
    loaded = load_settings(NO_FILE | both)
    assert loaded.settings.sync_wait_seconds == 9
    assert loaded.warnings[0].endswith("and ignored, as LEADRUN_SYNC_WAIT_SECONDS is set")
    assert read_settings(both).sync_wait_seconds == 9


def test_the_command_line_overrides_the_environment_which_overrides_the_file(env_file: Path) -> None:
    env_file.write_text("LEADRUN_PORT=1\nLEADRUN_HOST=file.example\nLEADRUN_RATE_LIMIT=3\nOTHER=x\n")
    loaded = load_settings({"LEADRUN_PORT": "2", "LEADRUN_HOST": "h.example"}, options={"LEADRUN_PORT": "4"})
    assert (loaded.settings.port, loaded.settings.host, loaded.settings.rate_limit) == (4, "h.example", 3)
    assert loaded.sources == {
        "LEADRUN_PORT": "command line",
        "LEADRUN_HOST": "environment",
        "LEADRUN_RATE_LIMIT": ".env",
    }
    assert "OTHER" not in loaded.environ
    assert load_settings(loaded.environ).settings == loaded.settings


def test_nothing_in_a_file_is_expanded_or_executed(env_file: Path) -> None:
    env_file.write_text("export LEADRUN_SECRET_KEY='a$HOME`id`$(id) # no comment'  # one\nLEADRUN_HOST=\"a${HOST}\"\n")
    read = load_settings({"HOST": "no"}).settings
    assert (read.secret_key, read.host) == ("a$HOME`id`$(id) # no comment", "a${HOST}")


def test_a_file_that_is_named_must_be_there_and_the_default_need_not(env_file: Path) -> None:
    assert load_settings({}).problems == ()
    for loaded in (load_settings({}, env_file), load_settings({ENV_FILE: str(env_file)})):
        assert loaded.problems == (f"the settings file {env_file} cannot be read: No such file or directory",)
    env_file.write_bytes(b"LEADRUN_HOST=\xff\n")
    assert load_settings({}).problems == ("the settings file .env cannot be read: save it as UTF-8",)
    assert load_settings(NO_FILE).problems == ()


def test_a_bad_line_is_named_by_its_number(env_file: Path) -> None:
    env_file.write_text("# comment\n\nLEADRUN_PORT=1\n\n\nfoo bar 'x\nLEADRUN_HOST\nOTHER\n")
    reason = "is not NAME=value, or a quote is not closed"
    assert load_settings({}).problems == (f"line 6 of .env {reason}", f"line 7 of .env {reason}")


def test_a_wrong_value_and_an_old_name_of_a_file_name_the_file(env_file: Path) -> None:
    env_file.write_text("LEADRUN_PORT=x\nLEADRUN_MAX_CLAIMS=2\n")
    loaded = load_settings({})
    assert loaded.problems == ("LEADRUN_PORT='x' (.env): must be a whole number",)
    assert loaded.warnings[0].startswith("LEADRUN_MAX_CLAIMS (.env) is the old name of LEADRUN_MAX_LEASES")


def test_variables_of_the_quickstarts_and_of_compose_are_not_refused() -> None:
    assert problems(URL="http://a.example", KEY="lm_test_x", VERSION="latest") == []


@each_row(
    ("text", "shown"),
    [
        pytest.param("redis://:pa/ss@h:6379/0", "redis://***@h:6379/0", id="a slash in the password"),
        pytest.param("redis://h/0?password=pass", "redis://h/0?password=***", id="a parameter"),
        pytest.param("postgresql://u:p@ss@h/d", "postgresql://***@h/d", id="an @ in the password"),
        pytest.param("postgresql://h/d?sslpassword=p&user=u", "postgresql://h/d?sslpassword=***&user=u", id="TLS"),
        pytest.param("postgresql://h/d", "postgresql://h/d", id="nothing secret"),
        pytest.param("user:pass@host", "***@host", id="no scheme"),
        pytest.param("host?password=a@b", "host?password=***", id="an @ in a parameter"),
    ],
)
def test_secrets_in_an_address_are_masked_whatever_their_form(text: str, shown: str) -> None:
    assert masked_text("LEADRUN_REDIS_URL", text) == shown


def test_the_settings_are_shown_without_secrets() -> None:
    settings = read_settings(
        {
            "LEADRUN_SECRET_KEY": "secret-secret-secret://x",
            "LEADRUN_WEBHOOK_PROXY": "http://secret:secret@proxy.example:1",
            "LEADRUN_PROVIDER_TOMBA_API_KEY": "secret",
            "LEADRUN_PROVIDER_TOMBA_API_SECRET": "secret",
        }
    )
    shown = re.sub("secret_key|api_secret|client_secret", "", repr(masked(settings)))
    assert "secret" not in shown
    with pytest.raises(SettingsError, match="each key must have at least 16 characters"):
        read_settings({"LEADRUN_SECRET_KEY": "long-enough-as-one-is,short"})


def test_mail_needs_a_sender_and_our_address_and_open_sign_up_needs_mail() -> None:
    (sentence,) = problems(SIGNUP="open")
    assert "needs LEADRUN_SMTP_URL" in sentence
    whole = {"SMTP_URL": "smtps://jane:p%40ss@mail.acme.example", "MAIL_FROM": "leadrun@acme.example"}
    assert [one.partition(",")[0] for one in problems(SMTP_URL=whole["SMTP_URL"])] == [
        "LEADRUN_SMTP_URL needs LEADRUN_MAIL_FROM",
        "LEADRUN_SMTP_URL needs LEADRUN_PUBLIC_URL",
    ]
    assert problems(SIGNUP="open", PUBLIC_URL="https://leads.acme.example", **whole) == []


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("smtp://mail.acme.example", ("mail.acme.example", 587, False, None)),
        ("smtps://jane:p%40ss@mail.acme.example", ("mail.acme.example", 465, True, "p@ss")),
        ("smtp://jane:x@[2001:db8::1]:25/", ("2001:db8::1", 25, False, "x")),
    ],
)
def test_the_address_of_a_mail_server_is_read(text: str, shown: tuple[str, int, bool, str | None]) -> None:
    url = SmtpUrl.parse(text)
    assert (url.host, url.port, url.tls, url.password) == shown


@each_row("text", ["mail.acme.example", "http://x", "smtp://", "smtp://x/y", "smtp://a/b@x", "smtp://x:p"])
def test_another_address_is_no_mail_server(text: str) -> None:
    assert len(problems(SMTP_URL=text, MAIL_FROM="leadrun@acme.example", PUBLIC_URL="https://leads.acme.example")) == 1


def test_an_identity_provider_needs_all_of_its_settings_and_tls() -> None:
    whole = {
        "OIDC_ISSUER": "https://login.acme.example/realms/acme",
        "OIDC_CLIENT_ID": "leadrun",
        "OIDC_CLIENT_SECRET": "secret",
        "PUBLIC_URL": "https://leads.acme.example",
    }
    assert problems(**whole) == []
    for name in ("OIDC_CLIENT_ID", "OIDC_CLIENT_SECRET", "PUBLIC_URL"):
        (sentence,) = problems(**{one: text for one, text in whole.items() if one != name})
        assert sentence.startswith(f"LEADRUN_OIDC_ISSUER needs LEADRUN_{name}, ")
    (sentence,) = problems(OIDC_CLIENT_SECRET="secret")
    assert sentence == "LEADRUN_OIDC_CLIENT_SECRET needs LEADRUN_OIDC_ISSUER, the identity provider"
    for issuer in ("http://127.0.0.1:8080/realms/x", "http://[::1]:8080", "http://localhost"):
        assert problems(**whole | {"OIDC_ISSUER": issuer}) == []
    for issuer in ("http://login.acme.example", "http://127.0.0.1.acme.example", "https://", "ftp://x", "https://a@b/"):
        assert problems(**whole | {"OIDC_ISSUER": issuer})[0].startswith("LEADRUN_OIDC_ISSUER=")
    assert problems(**whole | {"OIDC_NAME": ""})[0].startswith("LEADRUN_OIDC_NAME=")
    shown = masked(load_settings({**NO_FILE, **{f"LEADRUN_{name}": text for name, text in whole.items()}}).settings)
    assert (shown["oidc_client_secret"], shown["oidc_issuer"]) == ("***", whole["OIDC_ISSUER"])
