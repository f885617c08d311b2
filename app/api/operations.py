"""Every operation of the API: those that the modules of the resource packages declare on their handlers."""

from collections.abc import Iterator
from functools import cache
from importlib import import_module
from pkgutil import iter_modules

from app.api.openapi.operation import Operation

# In the order in which the specification lists them.
PACKAGES = ("runs", "batches", "accounts", "providers", "webhooks", "service", "mcp")


@cache
def operations() -> tuple[Operation, ...]:
    """List the operations by package, module and place in the module."""
    return tuple(_declared())


def _declared() -> Iterator[Operation]:
    for package in PACKAGES:
        folder = import_module(f"app.api.{package}")
        for found in iter_modules(folder.__path__):
            module = import_module(f"app.api.{package}.{found.name}")
            yield from (value for value in vars(module).values() if isinstance(value, Operation))
