"""`python -m bench.formats`: what an upload costs as CSV and as a workbook, in the same minutes."""

import os
import tempfile
import time
from pathlib import Path

import click
import httpx
import msgspec
import psutil
import xlsxwriter

from bench.batch import MIB, OF_TESTS, Memory, table
from bench.figures import machine
from bench.processes import Stack, stack

_TYPES = {"csv": "text/csv", "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"}


class Upload(msgspec.Struct, frozen=True, kw_only=True):
    """The measurements of an upload that is cancelled once it is accepted.

    Attributes:
        cpu_seconds: Of the API and the processes that it starts; so is the memory, in MiB before and at the peak.
    """

    format: str
    rows: int
    mib: float
    seconds: float
    cpu_seconds: float
    memory: dict[str, tuple[float, float]]


def write(path: Path, rows: int) -> None:
    """Write the list of `bench.batch` as CSV, and as a workbook where the name ends so."""
    text = b"".join(table(rows))
    if path.suffix == ".csv":
        path.write_bytes(text)
        return
    with xlsxwriter.Workbook(path, {"constant_memory": True}) as book:
        sheet = book.add_worksheet()
        for row, line in enumerate(text.decode().splitlines()):
            # The last cell alone is quoted.
            for column, cell in enumerate(line.split(",", 4)):
                sheet.write_string(row, column, cell.strip('"'))


def measure(running: Stack, path: Path, rows: int) -> Upload:
    """Upload a file and cancel its batch.

    Raises:
        RuntimeError: It was not accepted whole.
    """
    key = running.key(mode="test")
    client = httpx.Client(
        base_url=running.url, headers={"Authorization": f"Bearer {key}"}, timeout=600, trust_env=False
    )
    memory = Memory({"API": running.api})
    memory.start()
    spent, began = _cpu(running.api), time.monotonic()
    head = {"Content-Type": _TYPES[path.suffix[1:]]}
    with path.open("rb") as file:
        answer = client.post("/api/v1/batches", params={"providers": OF_TESTS}, content=file, headers=head)
    seconds, cpu = time.monotonic() - began, _cpu(running.api) - spent
    if answer.status_code != httpx.codes.CREATED or answer.json()["total"] != rows:
        raise RuntimeError(answer.text)
    client.post(f"{answer.headers['Location']}/cancel").raise_for_status()
    return Upload(
        format=path.suffix[1:],
        rows=rows,
        mib=round(path.stat().st_size / MIB, 1),
        seconds=round(seconds, 1),
        cpu_seconds=round(cpu, 1),
        memory=memory.stop(),
    )


def _cpu(process: psutil.Process) -> float:
    """Return CPU seconds, those of children that have ended included."""
    return sum(process.cpu_times()[:4])


@click.command()
@click.option("--rows", type=click.IntRange(100, 100_000), default=100_000, show_default=True)
def main(rows: int) -> None:
    """Upload the same list as CSV and as a workbook to one stack, each once."""
    click.echo(f"{machine()}; load before the start {os.getloadavg()[0]:.2f}")
    with tempfile.TemporaryDirectory() as folder, stack({}) as running:
        for name in ("warm.csv", "list.csv", "list.xlsx"):
            path = Path(folder, name)
            write(path, rows if name != "warm.csv" else 100)
            found = measure(running, path, rows if name != "warm.csv" else 100)
            click.echo(msgspec.json.encode(found).decode())


if __name__ == "__main__":
    main()
