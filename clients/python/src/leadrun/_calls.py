"""Turn operations, which are written once as steps, into methods of the blocking and the asynchronous clients."""

import functools
from collections.abc import Callable, Coroutine
from types import MethodType
from typing import Any, Concatenate, Generic, ParamSpec, Protocol, TypeVar

from leadrun._exchange import Steps

P = ParamSpec("P")
T = TypeVar("T")
Ops = TypeVar("Ops")
Ops_co = TypeVar("Ops_co", covariant=True)


class BlockingOwner(Protocol[Ops_co]):
    """An object whose methods block."""

    @property
    def operations(self) -> Ops_co:
        """The operations."""
        ...

    def perform(self, steps: Steps[T], /) -> T:
        """Take the steps of an operation."""
        ...


class AwaitingOwner(Protocol[Ops_co]):
    """An object whose methods are awaited."""

    @property
    def operations(self) -> Ops_co:
        """The operations."""
        ...

    def perform(self, steps: Steps[T], /) -> Coroutine[Any, Any, T]:
        """Take the steps of an operation."""
        ...


class Blocking(Generic[Ops, P, T]):
    """A method that takes the steps of an operation and returns its result."""

    def __init__(self, operation: Callable[Concatenate[Ops, P], Steps[T]]) -> None:
        """Keep the operation."""
        self._operation = operation
        self.__doc__ = operation.__doc__

    def __get__(self, owner: BlockingOwner[Ops], _: type | None = None) -> Callable[P, T]:
        """Bind it to a client."""
        if owner is None:
            return self  # type: ignore[unreachable]  # read from the class, as help() does

        @functools.wraps(MethodType(self._operation, owner.operations))
        def call(*args: P.args, **kwargs: P.kwargs) -> T:
            return owner.perform(self._operation(owner.operations, *args, **kwargs))

        return call


class Awaiting(Generic[Ops, P, T]):
    """A method that returns an awaitable of the result of an operation."""

    def __init__(self, operation: Callable[Concatenate[Ops, P], Steps[T]]) -> None:
        """Keep the operation."""
        self._operation = operation
        self.__doc__ = operation.__doc__

    def __get__(self, owner: AwaitingOwner[Ops], _: type | None = None) -> Callable[P, Coroutine[Any, Any, T]]:
        """Bind it to a client."""
        if owner is None:
            return self  # type: ignore[unreachable]  # read from the class, as help() does

        @functools.wraps(MethodType(self._operation, owner.operations))
        def call(*args: P.args, **kwargs: P.kwargs) -> Coroutine[Any, Any, T]:
            return owner.perform(self._operation(owner.operations, *args, **kwargs))

        return call
