"""Variables of other programs do not reach in."""

from app.settings.foreign import drop_foreign, is_foreign
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
