"""The limit of files and connections of a process."""

import resource

import structlog

log = structlog.get_logger()


def raise_descriptor_limit() -> None:
    """Raise the number of files and connections that this process and its children may open to the hard limit."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    except (OSError, ValueError):  # macOS has a lower limit of its own
        hard = soft
    log.info("descriptors", before=soft, limit=hard)
