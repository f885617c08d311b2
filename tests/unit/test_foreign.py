"""Variables of other programs do not reach in."""

from pathlib import Path

import certifi
import pytest

from app.settings.foreign import drop_foreign, is_foreign, problems_of_authorities, without_foreign
from app.settings.reading import load_settings
from tests.rows import each_row

FOREIGN = (
    *(
        "PGHOST",
        "PGPORT",
        "PGOPTIONS",
        "PGSSLMODE",
        "PGTZ",
        "PGDATESTYLE",
        "PGCLIENTENCODING",
        "PGSERVICE",
        "PGPASSFILE",
    ),
    *("PGAPPNAME", "PGTARGETSESSIONATTRS", "CELERY_BROKER_URL", "CELERY_BROKER_READ_URL", "CELERY_CONFIG_MODULE"),
    *("CELERY_LOADER", "CELERY_RESULT_BACKEND", "BROKER_URL", "RESULT_BACKEND", "APP", "LOADER", "CONFIG_MODULE"),
    *("REDIS_URL", "REDIS_PORT", "REDIS_PASSWORD", "C_FORCE_ROOT", "REMAP_SIGTERM", "FORKED_BY_MULTIPROCESSING"),
)
OURS = (
    *("PATH", "HOME", "LANG", "LC_ALL", "TZ", "LEADRUN_REDIS_URL", "LEADRUN_DATABASE_URL", "PYTHONPATH", "PROGRAM"),
    *("APPDATA", "PG_OF_SOMETHING_else", "SSL_CERT_FILE", "PROMETHEUS_MULTIPROC_DIR", "COVERAGE_PROCESS_CONFIG"),
)


@each_row("name", FOREIGN)
def test_c18_a_variable_of_a_library_is_foreign(name: str) -> None:
    assert is_foreign(name)
    assert name not in load_settings({name: "x", "LEADRUN_ENV_FILE": ""}).environ


@each_row("name", OURS)
def test_c18_other_variables_stay(name: str) -> None:
    assert not is_foreign(name)


def test_c18_a_process_forgets_foreign_variables() -> None:
    environ = dict.fromkeys((*FOREIGN, *OURS), "x")
    drop_foreign(environ)
    assert set(environ) == set(OURS)


def test_c18_an_empty_variable_of_authorities_is_none() -> None:
    """To OpenSSL an empty name is a file without certificates: no provider would be trusted."""
    assert without_foreign({"SSL_CERT_FILE": "", "SSL_CERT_DIR": ""}) == {}
    assert without_foreign({"SSL_CERT_DIR": ":"}) == {"SSL_CERT_DIR": ":"}  # which is refused by a sentence


def test_c18_c20_authorities_have_whole_paths_for_processes_that_run_elsewhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    environ = {"SSL_CERT_FILE": "a:b.pem", "SSL_CERT_DIR": f"own::{tmp_path}/other", "HOME": "home"}
    whole = {
        "SSL_CERT_FILE": f"{tmp_path}/a:b.pem",
        "SSL_CERT_DIR": f"{tmp_path}/own:{tmp_path}/other",
        "HOME": "home",
    }
    assert without_foreign(environ) == whole
    drop_foreign(environ)
    assert environ == whole


def test_c18_c20_authorities_that_cannot_be_read_are_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "no.pem").write_text("none")
    for name, value in (("FILE", f"{tmp_path}/nowhere"), ("FILE", f"{tmp_path}/no.pem"), ("FILE", f"{tmp_path}")):
        (sentence,) = problems_of_authorities({f"SSL_CERT_{name}": value})
        assert sentence.startswith(f"SSL_CERT_FILE: {value} has no certificates that can be read (")
    for folder in (f"{tmp_path}/nowhere", f"{tmp_path}/no.pem", f"{tmp_path}/{'n' * 300}", ":"):
        (sentence,) = problems_of_authorities({"SSL_CERT_DIR": folder})
        instead = "name the authorities to trust, or unset it"
        assert sentence == f"SSL_CERT_DIR: {folder} is no directory that can be read; {instead}"
    for fine in ({}, {"SSL_CERT_FILE": certifi.where()}, {"SSL_CERT_DIR": f"{tmp_path}/nowhere:{tmp_path}"}):
        assert problems_of_authorities(fine) == []
