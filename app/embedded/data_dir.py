"""The data directory of the embedded servers, and the account that runs them: PostgreSQL refuses to run as root."""

import os
import pwd
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import msgspec

from app.embedded.errors import StartError
from app.embedded.watchdog import Watchdog

UNPRIVILEGED = ("nobody", "postgres", "daemon")
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

    Raises:
        StartError: When root finds no unprivileged account on this machine.
    """
    if os.geteuid() != 0:
        return None
    for name in UNPRIVILEGED:
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return ServerOwner(uid=entry.pw_uid, gid=entry.pw_gid, name=name)
    raise StartError("PostgreSQL does not run as root, and this machine has no account `nobody`; run as another user.")


def servers_dir(data_dir: Path, owner: ServerOwner | None) -> Path:
    """Return the directory of both servers' files, made if needed, owned by the account that runs them.

    It is ``<data_dir>/servers``. Where the account cannot reach that (below a home closed to others) the files lie in a
    directory of their own below /var/lib, and ``servers`` is a link to it.
    """
    link = data_dir / "servers"
    if not link.exists():
        link.unlink(missing_ok=True)
        if owner is None or _can_reach(data_dir.resolve(), owner):
            link.mkdir(mode=0o700)
        else:
            STATE.mkdir(parents=True, exist_ok=True)
            link.symlink_to(tempfile.mkdtemp(prefix="leadrun-", dir=STATE))
    real = link.resolve()
    make_private(real, owner)
    return real


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
