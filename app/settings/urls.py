"""The addresses of PostgreSQL, Redis and HTTP servers: parsed once, written for each library that connects."""

import re
from collections.abc import Mapping
from difflib import get_close_matches
from typing import Self
from urllib.parse import SplitResult, parse_qsl, quote, unquote, urlsplit

import msgspec

# Keywords of libpq (PostgreSQL 18, 34.1.2), less those that would change what we read.
_LIBPQ = """
    application_name channel_binding connect_timeout dbname fallback_application_name gssdelegation gssencmode gsslib
    host hostaddr keepalives keepalives_count keepalives_idle keepalives_interval krbsrvname load_balance_hosts
    max_protocol_version min_protocol_version oauth_client_id oauth_client_secret oauth_issuer oauth_scope options
    passfile password port require_auth requirepeer scram_client_key scram_server_key service ssl_max_protocol_version
    ssl_min_protocol_version sslcert sslcertmode sslcompression sslcrl sslcrldir sslkey sslkeylogfile sslmode
    sslnegotiation sslpassword sslrootcert sslsni target_session_attrs tcp_user_timeout user
"""
POSTGRES_PARAMETERS = frozenset(_LIBPQ.split())
TLS_PARAMETERS = ("ssl_cert_reqs", "ssl_ca_certs", "ssl_certfile", "ssl_keyfile", "ssl_check_hostname")
_TCP, _TLS, _SOCKET = {"redis", "valkey"}, {"rediss", "valkeys"}, {"unix", "redis+socket", "valkey+socket"}
_CHOICES = {"ssl_cert_reqs": ("none", "optional", "required"), "ssl_check_hostname": ("true", "false")}
HIGHEST_PORT = 65535
_ESCAPE = "in a user or password write / as %2F, ? as %3F, # as %23, @ as %40, : as %3A and % as %25"
_USUAL = "known are, among others, sslmode, sslrootcert, application_name, connect_timeout, target_session_attrs"
_LONE_PERCENT = re.compile(r"%(?![0-9A-Fa-f]{2})")


class DatabaseUrl(msgspec.Struct, frozen=True, kw_only=True):
    """The address of a PostgreSQL database.

    Attributes:
        hosts: Names and ports; without any, the host is a parameter or libpq's default.
        parameters: Keywords of libpq, as ``sslmode``.
    """

    user: str | None
    password: str | None
    hosts: tuple[tuple[str, int | None], ...]
    database: str | None
    parameters: Mapping[str, str]

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read ``postgresql://user:password@host:port/database?parameter=value`` (PostgreSQL 18, 34.1.1.2).

        Raises:
            ValueError: The text is not such an address; the message names no part of it.
        """
        parts = _split(text)
        if parts.scheme.partition("+")[0] not in {"postgresql", "postgres"}:
            raise ValueError("must begin with postgresql://")
        user, password, address = _authority(parts)
        parameters = _parameters(parts, POSTGRES_PARAMETERS)
        hosts = tuple(_host_and_port(one) for one in address.split(",")) if address else ()
        if hosts and {"host", "port"} & parameters.keys():
            raise ValueError("names its host twice, before and after the ?")
        if "/" in parts.path[1:]:
            raise ValueError("has more than one / after its host; write / in a database's name as %2F")
        return cls(
            user=_once("user", user, parameters.pop("user", None)),
            password=_once("password", password, parameters.pop("password", None)),
            hosts=hosts,
            database=_once("database", unquote(parts.path[1:]) or None, parameters.pop("dbname", None)),
            parameters=parameters,
        )

    def for_psycopg(self, driver: str = "") -> str:
        """Return the address for libpq; `driver` (``+psycopg``) makes it SQLAlchemy's."""
        parameters, address = dict(self.parameters), ""
        if len(self.hosts) == 1 and not self.hosts[0][0].startswith("/"):
            address = _address(*self.hosts[0])
        elif self.hosts:
            parameters["host"] = ",".join(host for host, _ in self.hosts)
            if any(port for _, port in self.hosts):
                parameters["port"] = ",".join(str(port or 5432) for _, port in self.hosts)
        credentials = _credentials(self.user, self.password)
        return f"postgresql{driver}://{credentials}{address}/{_quoted(self.database or '')}{_query(parameters)}"

    def for_sqlalchemy(self) -> str:
        """Return the address for SQLAlchemy and Alembic, with the driver that we use."""
        return self.for_psycopg("+psycopg")


class RedisUrl(msgspec.Struct, frozen=True, kw_only=True):
    """The address of a Redis or Valkey database.

    Attributes:
        path: Of a Unix socket; then `host` and `port` mean nothing.
        tls: What TLS needs, as ``ssl_ca_certs``; None without TLS.
    """

    user: str | None
    password: str | None
    database: int
    host: str = "127.0.0.1"
    port: int = 6379
    path: str | None = None
    tls: Mapping[str, str] | None = None

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read ``redis://``, ``rediss://``, ``valkey://``, ``valkeys://``, ``unix://`` or ``redis+socket://``.

        Raises:
            ValueError: The text is not such an address; the message names no part of it.
        """
        parts = _split(text)
        if parts.scheme not in _TCP | _TLS | _SOCKET:
            raise ValueError(
                "must begin with redis://, rediss:// (TLS), valkey://, valkeys:// or unix://, not sentinel://"
            )
        user, password, address = _authority(parts)
        known = {"db", "virtual_host", "username", "password", *(TLS_PARAMETERS if parts.scheme in _TLS else ())}
        parameters = _parameters(parts, frozenset(known))
        number = _once("database", parameters.pop("db", None), parameters.pop("virtual_host", None))
        user = _once("user", user, parameters.pop("username", None))
        password = _once("password", password, parameters.pop("password", None))
        if user and not password:
            raise ValueError(f"names a user without a password; {_ESCAPE}")
        for name, value in parameters.items():
            if value.lower() not in _CHOICES.get(name, (value.lower(),)):
                raise ValueError(f"has a parameter {name} that is none of {', '.join(_CHOICES[name])}")
        if parts.scheme in _SOCKET:
            path = unquote(parts.path)
            if address or not path.strip("/"):
                raise ValueError("must name a socket by its whole path, such as unix:///run/redis.sock")
            return cls(user=user, password=password, database=_number(number), path=path)
        host, port = _host_and_port(address)
        return cls(
            user=user,
            password=password,
            database=_number(_once("database", parts.path.strip("/") or None, number)),
            host=host or "127.0.0.1",
            port=port or 6379,
            # kombu checks no certificate unless it is asked to.
            tls={"ssl_cert_reqs": "required", **parameters} if parts.scheme in _TLS else None,
        )

    def for_redis(self) -> str:
        """Return the address for redis-py."""
        credentials = _credentials(self.user, self.password)
        if self.path:
            return f"unix://{credentials}{quote(self.path)}?db={self.database}"
        return self._over_tcp(credentials)

    def for_celery(self) -> str:
        """Return the address for Celery's broker (kombu)."""
        credentials = _credentials(self.user, self.password)
        if self.path:
            return f"redis+socket://{credentials}{quote(self.path)}?virtual_host={self.database}"
        return self._over_tcp(credentials)

    def _over_tcp(self, credentials: str) -> str:
        scheme = "redis" if self.tls is None else "rediss"
        return f"{scheme}://{credentials}{_address(self.host, self.port)}/{self.database}{_query(self.tls or {})}"


def http_url(text: str) -> str:
    """Check the address of an HTTP server: a host, perhaps a port and a path, and nothing else.

    Raises:
        ValueError: The text is not such an address.
    """
    parts = _split(text)
    plain = parts.scheme in {"http", "https"} and "@" not in parts.netloc and not parts.query
    if not (plain and _host_and_port(parts.netloc)[0]):
        raise ValueError("must be an http or https address without user, query or fragment")
    return text


def _split(text: str) -> SplitResult:
    if any(char.isspace() or not char.isprintable() for char in text):
        raise ValueError("must hold no blanks")
    try:
        parts = urlsplit(text)
    except ValueError:
        raise ValueError("names no host that can be read; an IPv6 address stands in brackets, as [::1]") from None
    if parts.fragment or "#" in text:
        raise ValueError(f"holds a #; {_ESCAPE}")
    # An unescaped / or ? in a password ends the host too early, and leaves its @ behind.
    if "@" in parts.path or ("@" in parts.query and "=" not in parts.query.partition("@")[0]):
        raise ValueError(f"holds an @ after its host; {_ESCAPE}")
    if _LONE_PERCENT.search(text):
        raise ValueError(f"holds a % that escapes nothing; {_ESCAPE}")
    return parts


def _authority(parts: SplitResult) -> tuple[str | None, str | None, str]:
    credentials, _, address = parts.netloc.rpartition("@")
    user, _, password = credentials.partition(":")
    return unquote(user) or None, unquote(password) or None, address


def _host_and_port(address: str) -> tuple[str, int | None]:
    whole = address.endswith("]") or ":" not in address
    host, _, port = (address, "", "") if whole else address.rpartition(":")
    if port and not (port.isascii() and port.isdigit() and 0 < int(port) <= HIGHEST_PORT):
        raise ValueError(f"has a port that is no number from 1 to {HIGHEST_PORT}; {_ESCAPE}")
    if ":" in host and not (host.startswith("[") and host.endswith("]")):
        raise ValueError("has more than one port; write an IPv6 address in brackets, as [::1]")
    return unquote(host.strip("[]")), int(port) if port else None


def _parameters(parts: SplitResult, known: frozenset[str]) -> dict[str, str]:
    pairs = parse_qsl(parts.query.replace("+", "%2B"), keep_blank_values=True)
    for name, _ in pairs:
        if name not in known:
            near = "".join(get_close_matches(name, known, 1))
            names = _USUAL if known is POSTGRES_PARAMETERS else f"known are {', '.join(sorted(known))}"
            raise ValueError(f"has an unknown parameter {name!r}; {f'did you mean {near}?' if near else names}")
    if len(pairs) > len(dict(pairs)):
        raise ValueError("has a parameter twice")
    return dict(pairs)


def _once(what: str, one: str | None, other: str | None) -> str | None:
    if one is not None and other is not None:
        raise ValueError(f"names its {what} twice")
    return one if other is None else other


def _number(text: str | None) -> int:
    if text and not (text.isascii() and text.isdigit()):
        raise ValueError("must end with the number of a database, as /0")
    return int(text or 0)


def _credentials(user: str | None, password: str | None) -> str:
    if user is None and password is None:
        return ""
    return f"{_quoted(user or '')}{'' if password is None else ':' + _quoted(password)}@"


def _address(host: str, port: int | None) -> str:
    shown = f"[{host}]" if ":" in host else host
    return f"{shown}:{port}" if port else shown


def _query(parameters: Mapping[str, str]) -> str:
    pairs = "&".join(f"{name}={_quoted(value)}" for name, value in parameters.items())
    return f"?{pairs}" if pairs else ""


def _quoted(text: str) -> str:
    return quote(text, safe="")
