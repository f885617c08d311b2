"""The data directory of the embedded servers, and the account that runs them: PostgreSQL refuses to run as root."""

import os
import pwd
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path

import msgspec

from app.embedded import StartError
from app.embedded.watchdog import Watchdog

# Another program of the same account could read the data, so this one runs nothing else.
ACCOUNT = "leadrun"
UNPRIVILEGED = ("postgres", "daemon", "nobody")
_MAKE_ACCOUNT = (
    (
        "useradd",
        "--system",
        "--user-group",
        "--no-create-home",
        "--home-dir",
        "/nonexistent",
        "--shell",
        "/usr/sbin/nologin",
    ),
    ("adduser", "-S", "-D", "-H", "-h", "/nonexistent"),  # BusyBox
)
# What a server or a made-up provider needs of the environment: no key of a provider, no address, no secret. The last
# three are those of the loader, of libfaketime, which it loads where tests run at another date, and of coverage.
_NEEDED = ("PATH", "LANG", "LC_", "TZ", "TMPDIR", "LD_", "FAKETIME", "COVERAGE_")
STATE = Path("/var/lib")
SOCKET_NAME = ".s.PGSQL.5432"
# The shortest limit of `sun_path` among the platforms (macOS: 104 bytes with the closing zero, Linux: 108).
LONGEST_SOCKET = 103


class ServerOwner(msgspec.Struct, frozen=True, kw_only=True):
    """The unprivileged account that runs the servers when we are root."""

    uid: int
    gid: int
    name: str


class ServerSite(msgspec.Struct, frozen=True, kw_only=True):
    """The directories, the account and the watchdog that servers are started with.

    Attributes:
        servers: Directory of their data.
        logs: Directory of their logs.
        owner: The account that runs them; None for our own.
        watchdog: Stops them when this process is killed.
        durable: False saves disk writes and loses data when the machine crashes: for tests.
        pause: Waits some seconds; it may raise to give up.
    """

    servers: Path
    logs: Path
    owner: ServerOwner | None
    watchdog: Watchdog
    durable: bool = True
    pause: Callable[[float], None] = time.sleep


def server_owner() -> ServerOwner | None:
    """Choose the account that runs the servers; None means our own.

    It is an account of leadrun's own, made at the first start; another one only where none can be made.

    Raises:
        StartError: When root finds no unprivileged account on this machine.
    """
    if os.geteuid() != 0:
        return None
    if _account(ACCOUNT) is None:
        _make_account()
    for name in (ACCOUNT, *UNPRIVILEGED):
        if owner := _account(name):
            return owner
    raise StartError(f"PostgreSQL does not run as root, and no account `{ACCOUNT}` can be made; run as another user.")


def _account(name: str) -> ServerOwner | None:
    try:
        entry = pwd.getpwnam(name)
    except KeyError:
        return None
    return ServerOwner(uid=entry.pw_uid, gid=entry.pw_gid, name=name)


def _make_account() -> None:
    for command in _MAKE_ACCOUNT:
        if program := shutil.which(command[0]):
            with suppress(OSError, subprocess.SubprocessError):
                subprocess.run(  # noqa: S603 - a program of the system
                    [program, *command[1:], ACCOUNT], capture_output=True, timeout=20, check=False
                )
            return


def small_environment(environ: Mapping[str, str] = os.environ, *, more: tuple[str, ...] = ()) -> dict[str, str]:
    """Choose the variables of a process that needs no secret.

    Args:
        environ: To choose from.
        more: Beginnings of further names.
    """
    return {name: value for name, value in environ.items() if name.startswith((*_NEEDED, *more))}


def servers_dir(data_dir: Path, owner: ServerOwner | None) -> Path:
    """Return the directory of both servers' files, made if needed, owned by the account that runs them.

    It is ``<data_dir>/servers``; leadrun's own account, and nobody else, may pass through to it. Where the account
    cannot reach that (below a home closed to others) the files lie in a directory of their own below /var/lib, and
    ``servers`` is a link to it.
    """
    link = data_dir / "servers"
    if owner and owner.name == ACCOUNT and (data_dir / "lock").exists() and not link.is_symlink():
        os.chown(data_dir, -1, owner.gid)
        data_dir.chmod(0o710)
    if not link.exists():
        link.unlink(missing_ok=True)
        if owner is None or _can_reach(data_dir.resolve(), owner):
            link.mkdir(mode=0o700)
        else:
            STATE.mkdir(parents=True, exist_ok=True)
            link.symlink_to(tempfile.mkdtemp(prefix="leadrun-", dir=STATE))
    real = link.resolve()
    if owner and real.stat().st_uid != owner.uid:
        _hand_over(real, owner)
    make_private(real, owner)
    return real


def _hand_over(directory: Path, owner: ServerOwner) -> None:
    """Give files of another account, which ran the servers before, to the one that runs them now."""
    for place, folders, files in os.walk(directory):
        for name in (*folders, *files):
            os.chown(Path(place, name), owner.uid, owner.gid, follow_symlinks=False)


def socket_dir(servers: Path, owner: ServerOwner | None) -> Path:
    """Return the directory of PostgreSQL's socket; only its owner (and root) may enter.

    It is ``<servers>/run``; where that makes too long a name for a socket, it is a link to a short one.
    """
    link = servers / "run"
    if not link.exists():
        link.unlink(missing_ok=True)
        if len(os.fsencode(link / SOCKET_NAME)) <= LONGEST_SOCKET:
            link.mkdir(mode=0o700)
        else:
            link.symlink_to(tempfile.mkdtemp(prefix="leadrun-", dir="/tmp"))
    real = link.resolve()
    make_private(real, owner)
    return real


def make_private(path: Path, owner: ServerOwner | None) -> None:
    """Give a directory to the servers' account, and close it to all others."""
    path.chmod(0o700)
    if owner:
        os.chown(path, owner.uid, owner.gid)


def _can_reach(path: Path, owner: ServerOwner) -> bool:
    return all(_can_enter(directory, owner) for directory in (path, *path.parents))


def _can_enter(directory: Path, owner: ServerOwner) -> bool:
    status = directory.stat()
    if status.st_uid == owner.uid:
        return bool(status.st_mode & 0o100)
    if status.st_gid == owner.gid:
        return bool(status.st_mode & 0o010)
    return bool(status.st_mode & 0o001)
