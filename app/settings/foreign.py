"""Variables of other programs, kept away from ours: libpq, Celery and Kombu read the environment by themselves."""

import os
import re
import ssl
from collections.abc import Mapping, MutableMapping
from contextlib import suppress
from pathlib import Path

# libpq's (PostgreSQL 18, 34.15) are PG and capitals. Celery's command line reads names without any prefix as well.
_FOREIGN = re.compile(
    r"PG[A-Z]+|(?:CELERY|CELERYD|KOMBU|REDIS|VALKEY|FLOWER|C)_\w+|APP|BROKER_URL|RESULT_BACKEND|LOADER|CONFIG_MODULE"
    r"|SKIP_CHECKS|FORKED_BY_MULTIPROCESSING|MP_\w+|USE_FAST_LOCALS|TIMER_DEBUG|AUTOSCALE_\w+|REMAP_SIGTERM|NOSETPS"
)


# OpenSSL's. An empty one is a file of no certificates to it, with which nobody is trusted.
_AUTHORITIES = ("SSL_CERT_FILE", "SSL_CERT_DIR")
_NO_CERTIFICATES = "has no certificates that can be read"
_INSTEAD = "name the authorities to trust, or unset it"


def is_foreign(name: str) -> bool:
    """Return whether a variable means something to a library of ours, and nothing to us."""
    return bool(_FOREIGN.fullmatch(name))


def without_foreign(environ: Mapping[str, str]) -> dict[str, str]:
    """Return the variables that may reach our processes, which may run in another directory."""
    kept = {name: value for name, value in environ.items() if not _is_kept_out(name, value)}
    return kept | _whole_paths(kept)


def drop_foreign(environ: MutableMapping[str, str]) -> None:
    """Remove the other variables from the environment of this process, before a library reads them."""
    for name in [name for name, value in environ.items() if _is_kept_out(name, value)]:
        del environ[name]
    environ.update(_whole_paths(environ))


def _whole_paths(environ: Mapping[str, str]) -> dict[str, str]:
    """Return the variables of authorities with whole paths; a file has one, directories are separated as in PATH."""
    parts = {name: environ[name].split(os.pathsep) for name in _AUTHORITIES if name in environ}
    parts |= {name: [environ[name]] for name in parts if name == _AUTHORITIES[0]}
    with suppress(OSError):  # the working directory is gone: what it held is refused where it is read
        return {
            name: os.pathsep.join(str(Path(one).absolute()) for one in paths if one)
            for name, paths in parts.items()
            if any(paths)  # one of separators alone is refused as it is
        }
    return {}


def _is_kept_out(name: str, value: str) -> bool:
    return is_foreign(name) or (name in _AUTHORITIES and not value)


def problems_of_authorities(environ: Mapping[str, str]) -> list[str]:
    """Return what is wrong with the certificate authorities that OpenSSL is to trust; OpenSSL reports nothing."""
    file, folder = (environ.get(name, "") for name in _AUTHORITIES)
    if file:
        try:
            ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(file)
        except OSError as error:
            return [f"SSL_CERT_FILE: {file} {_NO_CERTIFICATES} ({error.strerror or error}); {_INSTEAD}"]
    # Path.is_dir raises where a name is too long, or where a directory above must not be looked into.
    if folder and not any(one and os.access(f"{one}/.", os.X_OK) for one in folder.split(os.pathsep)):
        return [f"SSL_CERT_DIR: {folder} is no directory that can be read; {_INSTEAD}"]
    return []
