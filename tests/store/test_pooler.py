"""PgBouncer in transaction mode: each transaction may run in another session, and ours go through nevertheless."""

import asyncio
import os
import pwd
import shutil
import signal
import subprocess
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path

import msgspec
import psycopg
import pytest
from sqlalchemy import text

from app.domain.contacts.contact import Contact
from app.domain.errors import UnavailableError
from app.services import open_services
from app.serving import listen
from app.settings.settings import Settings
from app.store.database import migrate
from app.store.database.session import LOCK_SECONDS
from app.usecases.accounts.authenticate import Authenticator
from app.usecases.accounts.manage_keys import ManageKeys
from app.usecases.runs.submission import Submission
from app.usecases.runs.submit import Submit
from tests.play.worker import FOUND, end_cascades
from tests.usecases.ledgers import violations

SESSIONS = 2

pytestmark = pytest.mark.skipif(
    shutil.which("pgbouncer") is None, reason="PgBouncer is not installed: apt-get install -y pgbouncer"
)


@pytest.fixture
async def pooled(settings: Settings, open_dir: Path) -> AsyncIterator[Settings]:
    """Settings that lead through PgBouncer to a database whose sessions begin with odd settings."""
    address = settings.database_address()
    host, port = address.hosts[0] if address.hosts else (address.parameters["host"], None)
    port = port or int(address.parameters.get("port", 5432))
    with psycopg.connect(settings.database_url or "", autocommit=True) as connection:
        for odd in ("TimeZone = 'Pacific/Kiritimati'", "DateStyle = 'SQL, DMY'", "search_path = pg_catalog"):
            connection.execute(f"ALTER DATABASE {address.database} SET {odd}".encode())
    listener = listen("127.0.0.1", 0)
    free = listener.getsockname()[1]
    listener.close()
    login = f"user={address.user} password={address.password}" if address.password else f"user={address.user}"
    configuration = f"""
[databases]
pooled = host={host} port={port} dbname={address.database} {login}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {free}
auth_type = any
pool_mode = transaction
default_pool_size = {SESSIONS}
unix_socket_dir =
logfile = {open_dir / "log"}
"""
    (open_dir / "pgb.ini").write_text(configuration)
    user: list[str] = []
    if os.geteuid() == 0:
        # PgBouncer does not run as root, but as somebody who may reach the socket of PostgreSQL.
        owner = pwd.getpwuid(Path(host).stat().st_uid).pw_name if host.startswith("/") else "nobody"  # noqa: ASYNC240 - a moment
        shutil.chown(open_dir, owner)
        user = ["-u", owner]
    bouncer = await asyncio.create_subprocess_exec(
        "pgbouncer", *user, str(open_dir / "pgb.ini"), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    url = f"postgresql://{address.user}@127.0.0.1:{free}/pooled"
    try:
        async with asyncio.timeout(20):
            while True:
                with suppress(psycopg.OperationalError):
                    await (await psycopg.AsyncConnection.connect(url)).close()
                    break
                await asyncio.sleep(0.05)
        yield msgspec.structs.replace(settings, database_url=url, database_pooler="transaction")
    finally:
        bouncer.send_signal(signal.SIGTERM)
        await bouncer.wait()


async def test_c17_many_submissions_share_two_sessions_of_a_pooler(pooled: Settings) -> None:
    async with open_services(pooled) as services:
        made = await ManageKeys(services).create(account="acme", amount=1000)
        principal = await Authenticator(services)(made.api_key)
        submits = [Submit(services) for _ in range(4)]
        for round_of in range(5):
            people = [
                Submission(principal=principal, contact=Contact(full_name=f"Jane {n}", company_domain="acme.example"))
                for n in range(round_of * 40, round_of * 40 + 40)
            ]
            accepted = await asyncio.gather(*(submits[n % 4]([one]) for n, one in enumerate(people)))
            ids = [one.run.cascade_id for [one] in accepted if one.run.cascade_id]
            assert await end_cascades(services, ids, lambda _: FOUND) == len(ids) == 40
        async with services.read() as connection:
            shown = [await connection.scalar(text(f"SHOW {one}")) for one in ("TimeZone", "DateStyle", "search_path")]
            assert shown == ["UTC", "ISO, YMD", '"$user", public']
            assert await connection.scalar(text("SHOW lock_timeout")) == f"{LOCK_SECONDS}s"
            sessions = text(
                "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
                " AND application_name NOT LIKE 'test%'"
            )
            assert await connection.scalar(sessions) <= SESSIONS
            assert await connection.scalar(text("SELECT count(*) FROM runs WHERE status = 'completed'")) == 200
            assert await connection.scalar(text("SELECT count(*) FROM pg_prepared_statements")) == 0
        assert await violations(services) == []


async def test_c17_what_a_transaction_sets_stays_in_it(pooled: Settings) -> None:
    """Sessions of the pooler serve others too: nothing of ours is left behind."""
    async with open_services(pooled) as services, services.read() as connection:
        await connection.execute(text("SELECT 1"))
    async with await psycopg.AsyncConnection.connect(pooled.database_url or "") as other:
        cursor = await other.execute("SHOW TimeZone")
        assert await cursor.fetchone() == ("Pacific/Kiritimati",)


async def test_c17_a_held_account_and_a_lost_session_behind_a_pooler(pooled: Settings, settings: Settings) -> None:
    async with open_services(pooled) as services, open_services(settings) as truth:
        made = await ManageKeys(services).create(account="acme", amount=1000)
        principal = await Authenticator(services)(made.api_key)
        contact = Contact(full_name="Jane Smith", company_domain="acme.example")
        async with truth.engine.connect() as holding:
            await holding.execute(text("SELECT FROM accounts FOR UPDATE"))
            with pytest.raises(UnavailableError):
                await Submit(services)([Submission(principal=principal, contact=contact)])
        async with truth.engine.connect() as connection:
            others = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database()"
            await connection.execute(text(f"{others} AND pid <> pg_backend_pid() AND backend_type = 'client backend'"))
        with suppress(UnavailableError):
            await Submit(services)([Submission(principal=principal, contact=contact)])
        [accepted] = await Submit(services)([Submission(principal=principal, contact=contact)])
        assert accepted.run.ended_at is None
        assert await violations(truth) == []


async def test_c17_migrations_run_through_a_pooler(pooled: Settings) -> None:
    assert pooled.database_url
    await asyncio.to_thread(migrate.upgrade, pooled.database_url)
