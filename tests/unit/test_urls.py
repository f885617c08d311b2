"""Addresses of PostgreSQL and Redis: what is refused, and that each library reads the same of what is not."""

from typing import Any

import pytest
from kombu import connection as kombu_connection
from kombu.exceptions import OperationalError
from psycopg import pq
from psycopg.conninfo import conninfo_to_dict
from redis.asyncio import BlockingConnectionPool
from sqlalchemy import make_url
from sqlalchemy.dialects.postgresql import psycopg as psycopg_dialect

from app.redis.client import RedisAwayError, open_redis
from app.settings.settings import Settings
from app.settings.urls import POSTGRES_PARAMETERS, DatabaseUrl, RedisUrl, http_url
from tests.rows import each_row
from workers.celery_app import make_celery

# Neither library has types for these.
DIALECT: Any = psycopg_dialect.dialect
CONNECTION: Any = kombu_connection.Connection
# Change who connects, or what we read.
NOT_TAKEN = {"client_encoding", "replication"}
SENTENCE = r"^(must|holds|has|names) [^\n]*$"


def of_libpq(url: str) -> dict[str, str]:
    return {name: str(value) for name, value in conninfo_to_dict(DatabaseUrl.parse(url).for_psycopg()).items()}


def of_sqlalchemy(url: str) -> dict[str, str]:
    _, arguments = DIALECT().create_connect_args(make_url(DatabaseUrl.parse(url).for_sqlalchemy()))
    return {name: str(value) for name, value in arguments.items() if name != "context"}


def of_redis(url: str) -> dict[str, Any]:
    pool = BlockingConnectionPool.from_url(RedisUrl.parse(url).for_redis())
    return {"connection_class": pool.connection_class.__name__, **pool.connection_kwargs}


def of_kombu(url: str) -> dict[str, Any]:
    with CONNECTION(RedisUrl.parse(url).for_celery()) as connection:
        channel = object.__new__(connection.transport.Channel)
        channel.connection = type("Transport", (), {"client": connection, "default_port": 6379})()
        found: dict[str, Any] = channel._connparams()
        return {**found, "connection_class": found["connection_class"].__name__}


@each_row(
    ("url", "read"),
    [
        pytest.param(
            "postgresql://u:p%2Fw%25+%40@db.example:5433/na%2Fme?sslmode=require&application_name=a+b%20c",
            {"user": "u", "password": "p/w%+@", "host": "db.example", "port": "5433", "dbname": "na/me"}
            | {"sslmode": "require", "application_name": "a+b c"},
            id="escapes",
        ),
        pytest.param("postgres://u:p@ss@h/d", {"user": "u", "password": "p@ss", "host": "h", "dbname": "d"}, id="an @"),
        pytest.param("postgresql+psycopg2://h", {"host": "h"}, id="another driver"),
        pytest.param("postgresql://[::1]:5432/d", {"host": "::1", "port": "5432", "dbname": "d"}, id="IPv6"),
        pytest.param(
            "postgresql://leadrun@/d?host=%2Frun%2Fa%20b",
            {"user": "leadrun", "host": "/run/a b", "dbname": "d"},
            id="socket",
        ),
        pytest.param("postgresql://u@%2Frun%2Fpg/d", {"user": "u", "host": "/run/pg", "dbname": "d"}, id="its path"),
        pytest.param(
            "postgresql://u@a.example:1,b.example/d?target_session_attrs=read-write",
            {"user": "u", "host": "a.example,b.example", "port": "1,5432", "dbname": "d"}
            | {"target_session_attrs": "read-write"},
            id="two hosts",
        ),
        pytest.param(
            "postgresql://h?user=u&password=p%2Bw&dbname=d",
            {"host": "h", "user": "u", "password": "p+w", "dbname": "d"},
            id="credentials as parameters",
        ),
    ],
)
def test_every_library_reads_the_same_of_an_address_of_postgresql(url: str, read: dict[str, str]) -> None:
    assert of_libpq(url) == read
    assert of_sqlalchemy(url) == read


@each_row(
    ("url", "read"),
    [
        pytest.param("redis://h", {"host": "h", "port": 6379, "db": 0}, id="a host"),
        pytest.param("redis://", {"host": "127.0.0.1", "port": 6379, "db": 0}, id="nothing"),
        pytest.param(
            "valkey://u:p%2Fw%25@[::1]:1/15",
            {"host": "::1", "port": 1, "db": 15, "username": "u", "password": "p/w%"},
            id="Valkey",
        ),
        pytest.param(
            "redis://h?db=3&password=p%2Fw", {"host": "h", "port": 6379, "db": 3, "password": "p/w"}, id="parameters"
        ),
        pytest.param("unix:///run/a%20b.sock?db=2", {"path": "/run/a b.sock", "db": 2}, id="a socket"),
        pytest.param(
            "redis+socket://u:p%2Fw@/run/r.sock?virtual_host=4",
            {"path": "/run/r.sock", "db": 4, "username": "u", "password": "p/w"},
            id="a socket as Celery writes it",
        ),
    ],
)
def test_every_library_reads_the_same_of_an_address_of_redis(url: str, read: dict[str, Any]) -> None:
    for found in (of_redis(url), of_kombu(url)):
        assert {name: found.get(name) for name in read} == read
        assert found.get("username") == read.get("username")
        assert found.get("password") == read.get("password")
        assert found["connection_class"] == (
            "UnixDomainSocketConnection" if "path" in read else found["connection_class"]
        )


@pytest.mark.parametrize("scheme", ["rediss", "valkeys"])
def test_a_certificate_is_checked_by_every_library_unless_told_otherwise(scheme: str) -> None:
    for found in (of_redis(f"{scheme}://h:1/0"), of_kombu(f"{scheme}://h:1/0")):
        assert found["connection_class"] == "SSLConnection"
        assert str(found["ssl_cert_reqs"]) in {"required", "2", "VerifyMode.CERT_REQUIRED"}
    own = f"{scheme}://h/0?ssl_cert_reqs=none&ssl_ca_certs=%2Fca.pem&ssl_check_hostname=false"
    for found in (of_redis(own), of_kombu(own)):
        assert str(found["ssl_cert_reqs"]) in {"none", "0", "VerifyMode.CERT_NONE"}
        assert (found["ssl_ca_certs"], found["ssl_check_hostname"]) == ("/ca.pem", False)


@each_row(
    ("url", "sentence"),
    [
        pytest.param("postgresql://u:p@h:5432x/d", "has a port that is no number from 1 to 65535", id="no number"),
        pytest.param("postgresql://h:0/d", "has a port that is no number from 1 to 65535", id="port 0"),
        pytest.param("postgresql://h:65536/d", "has a port that is no number from 1 to 65535", id="a high port"),
        pytest.param("postgresql://h:٣/d", "has a port that is no number from 1 to 65535", id="another script"),
        pytest.param("postgresql://u:pa/ss@h:5432/d", "holds an @ after its host; in a user or password write", id="/"),
        pytest.param("postgresql://u:12/34@h/d", "holds an @ after its host", id="/ after a number"),
        pytest.param("postgresql://u:pa?ss@h/d", "holds an @ after its host", id="?"),
        pytest.param("postgresql://u:pa#ss@h/d", "holds a #", id="#"),
        pytest.param("postgresql://u:50%@h/d", "holds a % that escapes nothing", id="%"),
        pytest.param("postgresql://h/a/b", "has more than one / after its host", id="two databases"),
        pytest.param(
            "postgresql://h/d?sslmod=require", "unknown parameter 'sslmod'; did you mean sslmode?", id="misspelt"
        ),
        pytest.param(
            "postgresql://h/d?client_encoding=latin1",
            "unknown parameter 'client_encoding'; known are, among others, sslmode, sslrootcert, application_name",
            id="not taken",
        ),
        pytest.param("postgresql://h/d?sslmode=a&sslmode=b", "has a parameter twice", id="twice"),
        pytest.param("postgresql://h/d?host=i", "names its host twice", id="two hosts"),
        pytest.param("postgresql://u@h/d?user=v", "names its user twice", id="two users"),
        pytest.param("postgresql://::1/d", "has more than one port; write an IPv6", id="no brackets"),
        pytest.param("postgresql://[::1/d", "names no host that can be read", id="half a bracket"),
        pytest.param("postgresql://h /d", "must hold no blanks", id="a blank"),
        pytest.param("mysql://h/d", "must begin with postgresql://", id="another database"),
        pytest.param("h:5432/d", "must begin with postgresql://", id="no scheme"),
    ],
)
def test_an_address_of_postgresql_that_is_none_is_refused(url: str, sentence: str) -> None:
    with pytest.raises(ValueError, match=SENTENCE) as refused:
        DatabaseUrl.parse(url)
    assert sentence in str(refused.value)


@each_row(
    ("url", "sentence"),
    [
        pytest.param("redis://:pa/ss@h:6379/0", "holds an @ after its host", id="/"),
        pytest.param("redis://:p@h:6379x/0", "has a port that is no number", id="no number"),
        pytest.param("redis://h/zero", "must end with the number of a database", id="a name"),
        pytest.param("redis://h/1?db=2", "names its database twice", id="two databases"),
        pytest.param(
            "redis://h?socket_timeout=3",
            "unknown parameter 'socket_timeout'; known are db, password, username, virtual_host",
            id="unknown",
        ),
        pytest.param("redis://h?ssl_ca_certs=a", "unknown parameter 'ssl_ca_certs'", id="TLS without TLS"),
        pytest.param("rediss://h?ssl_cert_reqs=maybe", "that is none of none, optional, required", id="no choice"),
        pytest.param("redis://user@h", "names a user without a password", id="no password"),
        pytest.param("unix://", "must name a socket by its whole path", id="no socket"),
        pytest.param("unix://run/redis.sock", "must name a socket by its whole path", id="half a path"),
        pytest.param("amqp://h", "must begin with redis://", id="another broker"),
        pytest.param("sentinel://a:26379;sentinel://b:26379", "or unix://, not sentinel://", id="Sentinel"),
        pytest.param("redis+sentinel://a:26379/main/0", "or unix://, not sentinel://", id="Sentinel and its name"),
        pytest.param("redis-cluster://a,b,c", "or unix://, not sentinel://", id="Cluster"),
    ],
)
def test_an_address_of_redis_that_is_none_is_refused(url: str, sentence: str) -> None:
    with pytest.raises(ValueError, match=SENTENCE) as refused:
        RedisUrl.parse(url)
    assert sentence in str(refused.value)


@each_row("url", ["ftp://h", "h", "http://", "http://u:p@h", "http://h?a=b", "http://h#a", "http://h:0"])
def test_an_address_of_a_web_server_is_a_host_and_perhaps_a_path(url: str) -> None:
    with pytest.raises(ValueError, match=SENTENCE):
        http_url(url)
    assert http_url("http://127.0.0.1:8000/a") == "http://127.0.0.1:8000/a"


def test_the_parameters_are_those_of_the_libpq_that_is_installed() -> None:
    known = {option.keyword.decode() for option in pq.Conninfo.get_defaults()}
    assert known <= POSTGRES_PARAMETERS | NOT_TAKEN


async def test_both_clients_of_redis_try_to_connect_to_a_socket() -> None:
    settings = Settings(redis_url="unix:///nowhere/redis.sock")
    async with open_redis(settings) as client:
        with pytest.raises(RedisAwayError) as away:
            await client.ping()
        assert "nowhere/redis.sock" in str(away.value.__cause__)
    celery = make_celery(settings)
    with celery.connection_for_write() as connection, pytest.raises(OperationalError, match=r"nowhere/redis\.sock"):
        connection.ensure_connection(max_retries=1)
