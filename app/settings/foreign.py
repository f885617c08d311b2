"""Variables of other programs, kept away from ours: libpq, Celery and Kombu read the environment by themselves."""

import re
from collections.abc import Mapping, MutableMapping

# libpq's (PostgreSQL 18, 34.15) are PG and capitals. Celery's command line reads names without any prefix as well.
_FOREIGN = re.compile(
    r"PG[A-Z]+|(?:CELERY|CELERYD|KOMBU|REDIS|VALKEY|FLOWER|C)_\w+|APP|BROKER_URL|RESULT_BACKEND|LOADER|CONFIG_MODULE"
    r"|SKIP_CHECKS|FORKED_BY_MULTIPROCESSING|MP_\w+|USE_FAST_LOCALS|TIMER_DEBUG|AUTOSCALE_\w+|REMAP_SIGTERM|NOSETPS"
)


def is_foreign(name: str) -> bool:
    """Return whether a variable means something to a library of ours, and nothing to us."""
    return bool(_FOREIGN.fullmatch(name))


def without_foreign(environ: Mapping[str, str]) -> dict[str, str]:
    """Return the variables that may reach our processes."""
    return {name: value for name, value in environ.items() if not is_foreign(name)}


def drop_foreign(environ: MutableMapping[str, str]) -> None:
    """Remove the other variables from the environment of this process, before a library reads them."""
    for name in [name for name in environ if is_foreign(name)]:
        del environ[name]
