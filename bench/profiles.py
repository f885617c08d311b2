"""Profiles of loads by py-spy: recorded while a load is measured, and their shares (`python -m bench.profiles DIR`)."""

import re
import shutil
import signal
import subprocess
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click
import msgspec
import psutil

# A frame of ours in a collapsed stack: the function and its file.
_OURS = re.compile(r"(.+) \(((?:app|workers|webhooks)/[^:]+):\d+\)")
SHOWN = 12
# What a sample is spent on: the first of these, from the innermost frame outwards, that has its file.
AREAS = {
    "PostgreSQL (psycopg, SQLAlchemy, group commits)": ("app/store/", "psycopg", "sqlalchemy"),
    "Redis (limiter, gates, notifications)": ("app/redis/", "redis/", "app/broker"),
    "vendors' HTTP (aiohttp)": ("app/providers/client", "aiohttp", "yarl"),
    "Celery": ("celery/", "kombu/", "workers/tasks"),
    "bodies and contacts": ("app/dialects", "app/domain/contacts", "app/api/http/json_body", "app/api/http/submission"),
    "log lines and metrics": ("app/api/request_log", "app/logs", "app/metrics", "prometheus_client"),
    "limits and authentication": ("app/api/http/", "app/usecases/accounts", "app/domain/accounts"),
    "connections and answers (uvicorn)": ("app/api/connection", "uvicorn"),
    "routes (Litestar)": ("litestar", "app/api/"),
    "decisions and declarations": ("app/usecases", "app/domain", "app/providers", "workers/", "webhooks/"),
}
# They run everything else.
_OUTERMOST = ("app/cli", "app/serving", "app/api/server", "workers/main", "workers/event_loop")


class Profiles(msgspec.Struct, frozen=True):
    """Where profiles are kept; without a directory none is made."""

    directory: Path | None = None

    @contextmanager
    def of(self, load: str, process: psutil.Process) -> Iterator[None]:
        """Record the stacks that hold the interpreter while the block runs.

        Raises:
            RuntimeError: When a profile is wanted and there is no py-spy.
        """
        if self.directory is None:
            yield
            return
        found = shutil.which("py-spy")
        if found is None:
            raise RuntimeError("--profile needs py-spy on the PATH: pip install py-spy")
        self.directory.mkdir(parents=True, exist_ok=True)
        output = self.directory / f"{load}.raw"
        line = (found, "record", "--gil", "--rate", "200", "--format", "raw", "--output", str(output))
        recording = subprocess.Popen((*line, "--pid", str(process.pid)), stdout=subprocess.DEVNULL)
        try:
            yield
        finally:
            recording.send_signal(signal.SIGINT)
            recording.wait()


NO_PROFILES = Profiles()


def shares(profile: Path) -> Counter[str]:
    """Return the samples by the innermost of our functions: what it does itself, and by the libraries it calls."""
    found = Counter[str]()
    for line in profile.read_text().splitlines():
        stack, _, count = line.rpartition(" ")
        ours = [frame for one in stack.split(";") if (frame := _OURS.fullmatch(one))]
        found[f"{ours[-1][2]} {ours[-1][1]}" if ours else "none of ours"] += int(count)
    return found


def areas(profile: Path) -> Counter[str]:
    """Return the samples by what they are spent on."""
    found = Counter[str]()
    for line in profile.read_text().splitlines():
        stack, _, count = line.rpartition(" ")
        files = [frame.rpartition("(")[2] for frame in reversed(stack.split(";"))]
        inner = [file for file in files if not file.startswith(_OUTERMOST)]
        named = (name for file in inner for name, beginnings in AREAS.items() if file.startswith(beginnings))
        found[next(named, "event loop and the rest")] += int(count)
    return found


@click.command()
@click.argument("directory", type=click.Path(exists=True, file_okay=False, path_type=Path))
def main(*, directory: Path) -> None:
    """Print the largest shares of each profile of a directory that `python -m bench --profile DIR` has filled."""
    for profile in sorted(directory.glob("*.raw")):
        click.echo(f"\n{profile.stem}: {areas(profile).total()} samples")
        for found in (areas(profile), shares(profile)):
            for name, count in found.most_common(SHOWN):
                click.echo(f"  {count / found.total():6.1%}  {name}")
            click.echo()


if __name__ == "__main__":
    main()
