"""What a run leaves behind holds no key in clear, and no log, message or metric holds the contact (A8, P5)."""

import asyncio
import json
import re
from typing import Any

import psycopg
import requests
from psycopg import sql
from redis import Redis
from sqlalchemy import make_url

from tests.contract.supervised import Up
from tests.workers.vendors import Vendor

SURNAME = "Quixotington"
DOMAIN = "quixote.example"
CONTACT = {"firstName": "Dorothea", "lastName": SURNAME, "companyDomain": DOMAIN, "enrichmentType": "all"}
PERSONAL = re.compile(rf"{SURNAME}|quixote|@{DOMAIN}", re.IGNORECASE)


def environment(up: Up) -> dict[str, str]:
    """What leads to the databases of a running stack."""
    found: dict[str, str] = json.loads((up.data_dir / "running.json").read_text())["environment"]
    return found


def everything_in_the_database(url: str) -> str:
    """Every row of every table, as JSON."""
    plain = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(plain) as connection:
        tables = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()
        rows: list[Any] = []
        for (table,) in tables:
            query = sql.SQL("SELECT to_jsonb(t) FROM {} AS t").format(sql.Identifier(table))
            rows += connection.execute(query).fetchall()
    return json.dumps(rows, default=str)


def looked_up(up: Up) -> None:
    """Look the contact up with both keys, and send what is refused."""
    for key in (up.ready["apiKey"], up.ready["testKey"]):
        headers = {"Authorization": f"Bearer {key}", "Prefer": "wait=30"}
        url = f"{up.ready['url']}/api/v1/enrich"
        answer = requests.post(url, json=CONTACT, headers=headers, timeout=40)
        assert answer.status_code == requests.codes.ok, answer.text
        requests.post(url, json=CONTACT | {"companyDomain": "quixote"}, headers=headers, timeout=9)


async def test_keys_and_contacts_stay_where_they_belong(house: Up, hunter: tuple[Vendor, dict[str, str]]) -> None:
    asked = hunter[0].asked.copy()
    await asyncio.to_thread(looked_up, house)  # Hunter is played on the loop
    assert len(hunter[0].asked) > len(asked)
    hunter[0].asked[:] = asked
    metrics = (await asyncio.to_thread(requests.get, f"{house.ready['url']}/metrics", timeout=9)).text
    leads = environment(house)
    database = everything_in_the_database(leads["LEADRUN_DATABASE_URL"])
    with Redis.from_url(leads["LEADRUN_REDIS_URL"], decode_responses=True) as redis:
        in_redis = "\n".join(redis.scan_iter())
    logs = "\n".join(path.read_text(errors="replace") for path in (house.data_dir / "logs").iterdir())

    # The checks can fail: the things are there to be found, in the right place.
    assert SURNAME in database
    assert "request_id" in logs
    for key in (house.ready["apiKey"], house.ready["testKey"]):
        secret = key.rsplit("_", 1)[1]
        for place in (database, logs, in_redis, metrics):
            assert secret not in place
    for place in (logs, in_redis, metrics):
        assert PERSONAL.findall(place) == []
