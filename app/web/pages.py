"""Every page of the app: those that the modules of the resource packages declare on their handlers."""

from collections.abc import Iterator
from functools import cache
from importlib import import_module
from pkgutil import iter_modules

import app.web
from app.web.frame.page import Page


@cache
def pages() -> tuple[Page, ...]:
    """List the pages by package, module and place in the module."""
    return tuple(_declared())


def _declared() -> Iterator[Page]:
    for package in iter_modules(app.web.__path__):
        if not package.ispkg or package.name == "frame":
            continue
        folder = import_module(f"app.web.{package.name}")
        for found in iter_modules(folder.__path__):
            module = import_module(f"app.web.{package.name}.{found.name}")
            yield from (value for value in vars(module).values() if isinstance(value, Page))
