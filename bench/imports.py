"""Measure how long a program waits for `import leadrun`: `python -m bench.imports`."""

import os
import statistics
import subprocess
import sys
import tempfile

import click

from bench.figures import machine

BOUND_MS = 150
CLIENT = "clients/python/src"
# CPU time, which other processes of the machine lengthen least. As in a fresh environment there is no click, for which
# httpx would import a command line of its own, with rich and pygments.
MEASURE = """
import sys, time
sys.modules["click"] = None
begun = time.process_time()
import {}
print(1000 * (time.process_time() - begun))
"""


@click.command()
@click.option("--times", type=click.IntRange(min=3), default=15, show_default=True, help="Of the measurement.")
def main(*, times: int) -> None:
    """Import the Python client and its one dependency in fresh interpreters, and print the medians.

    Ends with status 1 where the client takes more than 150 ms of CPU.
    """
    click.echo(f"{machine()}; load before the start {os.getloadavg()[0]:.2f}")
    with tempfile.TemporaryDirectory() as cache:
        client, httpx = (_median(module, times, cache) for module in ("leadrun", "httpx"))
    click.echo(f"import leadrun: {client:.0f} ms of CPU (at most {BOUND_MS}), of which httpx is {httpx:.0f} ms")
    sys.exit(client > BOUND_MS)


def _median(module: str, times: int, cache: str) -> float:
    """Measure an import, its bytecode cached by a first one that is not counted; milliseconds."""
    environ = {**os.environ, "PYTHONPATH": CLIENT, "PYTHONPYCACHEPREFIX": cache, "PYTHONDONTWRITEBYTECODE": ""}
    command = [sys.executable, "-c", MEASURE.format(module)]
    taken = [float(subprocess.check_output(command, env=environ, text=True)) for _ in range(times + 1)]
    return statistics.median(taken[1:])


if __name__ == "__main__":
    main()
