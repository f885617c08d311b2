"""A whole `leadrun up` amid the variables of other programs."""

from pathlib import Path

import httpx

from tests.contract.supervised import bearer, running

HOSTILE = {
    "PGHOST": "nowhere.example",
    "PGPORT": "1",
    "PGOPTIONS": "-c default_transaction_read_only=on -c search_path=pg_catalog",
    "PGSSLMODE": "verify-full",
    "PGSERVICE": "none",
    "PGDATESTYLE": "SQL, DMY",
    "PGTZ": "Pacific/Kiritimati",
    "PGCLIENTENCODING": "SQL_ASCII",
    "CELERY_BROKER_URL": "redis://nowhere.example:1/0",
    "CELERY_CONFIG_MODULE": "nothing",
    "CELERY_LOADER": "nothing",
    "BROKER_URL": "redis://nowhere.example:1/0",
    "CONFIG_MODULE": "nothing",
    "LOADER": "nothing",
    "APP": "nothing",
    "REDIS_URL": "redis://nowhere.example:1/0",
}


def test_c18_it_works_as_ever(open_dir: Path) -> None:
    environ = {**HOSTILE, "LEADRUN_SANDBOX_LATENCY_MS": "0"}
    with running(open_dir / "data", environ=environ) as up:
        client = httpx.Client(base_url=up.ready["url"], headers=bearer(up.ready["testKey"]), trust_env=False)
        person = {"firstName": "Jane", "lastName": "Smith", "companyDomain": "acme.example"}
        answer = client.post("/api/v1/enrich", json=person, headers={"Prefer": "wait=30"}, timeout=40)
        assert (answer.status_code, answer.json()["status"]) == (200, "completed")
        client.close()
