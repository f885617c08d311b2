"""Runs against played vendors: submitted through the API while the workers stand still, and then all let go at once."""

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Self

import msgspec
import psutil

from bench.client import Client, Ran
from bench.generator import Load
from bench.processes import Generator, Stack, Weight, paused, stack
from bench.vendors import VENDORS, configured, vendors
from bench.wire import submission

CREDIT = 1_000_000
SUBMIT_SECONDS = 600.0
# Of the API, of what it needs, and of the workers: everything that is ours, without vendors and generator.
BESIDE = ("API", "PostgreSQL", "Redis")
# A slow machine makes runs late, not lost.
PATIENT = {"LEADRUN_PROVIDER_TIMEOUT_SECONDS": "600", "LEADRUN_RUN_TIMEOUT_SECONDS": "1200"}


class Done(msgspec.Struct, frozen=True, kw_only=True):
    """Runs that have ended, and what they cost.

    Attributes:
        runs: All of them.
        seconds: From the moment when the workers were let go until the last one had ended.
        cpu: Seconds of CPU by role, submission included; those of all workers together are the worker's.
        mib: The most that a worker held, resident.
    """

    runs: list[Ran]
    seconds: float
    cpu: dict[str, float]
    mib: float

    def each(self, *roles: str) -> float:
        """Return the microseconds of CPU of some roles for a run."""
        return sum(self.cpu[role] for role in roles) / len(self.runs) * 1e6


@contextmanager
def asking(latency: float, settings: Mapping[str, str], *, limit: str = "1000000/1") -> Iterator[Stack]:
    """Run a stack whose vendors take so many seconds to answer."""
    with vendors(latency) as played, stack({**configured(played.port, limit=limit), **PATIENT, **settings}) as running:
        yield running


class Submitter(msgspec.Struct, frozen=True):
    """One account of a stack, and the generator that submits for it."""

    stack: Stack
    generator: Generator
    key: str

    @classmethod
    def of(cls, stack: Stack, generator: Generator, account: str = "acme") -> Self:
        """Make an account with credits enough."""
        return cls(stack, generator, stack.key(mode="live", credit=CREDIT, account=account))

    def submit(self, count: int, *, first: int = 0, providers: tuple[str, ...] = VENDORS) -> None:
        """Submit contacts whose companies are numbered from `first` on."""
        request = submission(self.stack.port, self.key, providers=providers)
        self.generator.run(
            Load(port=self.stack.port, request=request, first=first, status=202, seconds=SUBMIT_SECONDS, count=count)
        )

    def run_all(self, count: int, workers: Sequence[psutil.Process], *, first: int = 0) -> Done:
        """Submit contacts while the workers stand still, let these go, and wait until all runs have ended.

        Raises:
            RuntimeError: When a run has not found its address.
        """
        account = Client(self.stack.url, self.key)
        weights = {role: Weight(self.stack.parts[role]) for role in BESIDE} | {"worker": Weight(*workers)}
        with paused(*workers):
            self.submit(count, first=first)
        begun, most = time.time_ns() / 1e9, [0]

        def look() -> None:
            most[0] = max(most[0], *(one.memory_info().rss for one in workers))

        account.wait(look)
        cpu = {role: weight.seconds() for role, weight in weights.items()}
        runs = account.runs(newest=count)
        found = sum(run.result == "found" for run in runs)
        if not found == len(runs) == count:
            raise RuntimeError(f"{count} contacts were accepted, {len(runs)} runs read, {found} found")
        return Done(runs=runs, seconds=max(run.ended for run in runs) - begun, cpu=cpu, mib=most[0] / 2**20)
