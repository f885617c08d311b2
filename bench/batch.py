"""`python -m bench.batch`: upload a large batch, download its results, and measure memory, speed and correctness."""

import csv
import io
import os
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import click
import httpx
import msgspec
import psutil

from bench.figures import machine
from bench.processes import Stack, stack

CREDIT = 10_000_000
PAUSE = 0.5
MIB = 1024 * 1024
# Every so many rows one gives a contact again, and one is bad.
TWIN, BAD = 100, 1000
WATCHED = ("API", "worker", "bulk worker")
# All that look for e-mail addresses but the moody one: its silences of three seconds would be measured as ours.
OF_TESTS = "sandbox-mail,sandbox-duo,sandbox-later"


class Figures(msgspec.Struct, frozen=True, kw_only=True):
    """The measurements of a batch: seconds, and MiB of resident memory before and at the peak, by process."""

    mode: str
    rows: int
    upload_mib: float
    upload_seconds: float
    work_seconds: float
    rows_per_second: float
    download_seconds: float
    download_mib: float
    statuses: dict[str, int]
    credits_spent: int
    memory: dict[str, tuple[float, float]]


class Memory(threading.Thread):
    """Samples the resident memory of processes ten times a second, and keeps the highest value."""

    def __init__(self, parts: dict[str, psutil.Process]) -> None:
        """Record the memory before the load."""
        super().__init__(daemon=True)
        self._parts = parts
        self._over = threading.Event()
        self.before = self._look()
        self.peak = dict(self.before)

    def _look(self) -> dict[str, float]:
        found = {}
        for name, process in self._parts.items():
            family = [process, *process.children(recursive=True)]
            found[name] = sum(one.memory_info().rss for one in family) / MIB
        return found

    def run(self) -> None:
        """Sample until stopped."""
        while not self._over.wait(0.1):
            for name, now in self._look().items():
                self.peak[name] = max(self.peak[name], now)

    def stop(self) -> dict[str, tuple[float, float]]:
        """Return the memory before and the highest one, in MiB."""
        self._over.set()
        self.join()
        return {name: (round(self.before[name], 1), round(self.peak[name], 1)) for name in self._parts}


def table(rows: int) -> Iterator[bytes]:
    """Write the list in pieces."""
    piece = io.StringIO()
    writer = csv.writer(piece)
    writer.writerow(["CRM id", "First Name", "Last Name", "Domain", "Note"])
    for number in range(rows):
        who = number - 1 if number % TWIN == TWIN - 1 else number
        domain = "no domain" if number % BAD == BAD - 2 else f"company{who % 5000}.example"
        writer.writerow([number, f"Jane{who}", f"Smith{who}", domain, "=SUM(1;2), a note; kept as it is"])
        if number % 1000 == 999:  # a piece of about 80 KB
            yield piece.getvalue().encode()
            piece.seek(0)
            piece.truncate()
    yield piece.getvalue().encode()


def expected(rows: int) -> tuple[int, int]:
    """Return how many rows are bad, and how many different people the others are."""
    bad = sum(number % BAD == BAD - 2 for number in range(rows))
    twins = sum(number % TWIN == TWIN - 1 and (number - 1) % BAD != BAD - 2 for number in range(rows))
    return bad, rows - bad - twins


def measure(running: Stack, mode: str, rows: int) -> Figures:
    """Upload, wait, download, check.

    Raises:
        RuntimeError: When a row was not answered, or the credits are not those of the rows.
    """
    key = running.key(mode=mode, credit=CREDIT if mode == "live" else 0)
    client = httpx.Client(
        base_url=running.url, headers={"Authorization": f"Bearer {key}"}, timeout=600, trust_env=False
    )
    memory = Memory({role: running.parts[role] for role in WATCHED})
    memory.start()
    size = sum(map(len, table(rows)))
    began = time.monotonic()
    query = {"providers": OF_TESTS} if mode == "test" else {}
    head = {"Content-Type": "text/csv"}
    answer = client.post("/api/v1/batches", params=query, content=table(rows), headers=head)
    uploaded = time.monotonic()
    if answer.status_code != httpx.codes.CREATED:
        raise RuntimeError(answer.text)
    path = answer.headers["Location"]
    while (batch := client.get(path).raise_for_status().json())["status"] == "processing":
        time.sleep(PAUSE)
    worked = time.monotonic()
    statuses, received = _download(client, path, rows)
    downloaded = time.monotonic()
    spent = client.get("/api/v1/credits").json()["total_spent"]
    bad, people = expected(rows)
    right = people if mode == "live" else 0
    told = (batch["completed"], batch["rejected"], batch["credits_reserved"], batch["credits_used"], spent)
    if told != (rows, bad, 0, right, right) or statuses["rejected"] != bad or statuses["pending"]:
        raise RuntimeError(f"the batch says {told}, its rows {statuses}; {bad} bad rows and {right} credits are right")
    return Figures(
        mode=mode,
        rows=rows,
        upload_mib=round(size / MIB, 1),
        upload_seconds=round(uploaded - began, 1),
        work_seconds=round(worked - uploaded, 1),
        rows_per_second=round(rows / (worked - uploaded), 1),
        download_seconds=round(downloaded - worked, 1),
        download_mib=round(received / MIB, 1),
        statuses=dict(statuses),
        credits_spent=spent,
        memory=memory.stop(),
    )


def _download(client: httpx.Client, path: str, rows: int) -> tuple[Counter[str], int]:
    """Read the results as a table while they arrive, and count the outcomes of the rows."""
    statuses: Counter[str] = Counter()
    with client.stream("GET", f"{path}/results", params={"format": "csv"}) as answer:
        answer.raise_for_status()
        lines = csv.reader(answer.iter_lines())
        header = next(lines)
        place = header.index("status")
        for number, row in enumerate(lines):
            if row[0] != str(number) or row[4] != "'=SUM(1;2), a note; kept as it is":
                raise RuntimeError(f"row {number} came back as {row}")
            statuses[row[place]] += 1
        if sum(statuses.values()) != rows:
            raise RuntimeError(f"{sum(statuses.values())} of {rows} rows came back")
        return statuses, answer.num_bytes_downloaded


@contextmanager
def vendor() -> Iterator[dict[str, str]]:
    """Run a vendor on loopback and yield the settings that lead to it."""

    class Answers(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            asked = msgspec.json.decode(self.rfile.read(int(self.headers["Content-Length"])))
            first, _, last = asked["name"].partition(" ")
            email = f"{first}.{last}@{asked['domain']}".lower()
            answer = msgspec.json.encode({"contact": {**asked, "email": email}})
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_: object) -> None:
            """Log nothing."""

    class Server(ThreadingHTTPServer):
        request_queue_size = 1024  # Python's default of five rejects concurrent connections

    server = Server(("127.0.0.1", 0), Answers)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    prefix = "LEADRUN_PROVIDER_FINDYMAIL"
    yield {
        f"{prefix}_API_KEY": "made-up-key",
        f"{prefix}_BASE_URL": f"http://127.0.0.1:{server.server_port}",
    }
    server.shutdown()


@click.command()
@click.option("--rows", type=click.IntRange(100, 100_000), default=100_000, show_default=True, help="In test mode.")
@click.option("--live", type=click.IntRange(0, 100_000), default=5000, show_default=True, help="Charged rows.")
def main(*, rows: int, live: int) -> None:
    """Send a long list through a whole stack: in test mode, and with a live key and a vendor that is played here."""
    click.echo(f"{machine()}; load before the start {os.getloadavg()[0]:.2f}")
    with vendor() as settings, stack({"LEADRUN_SANDBOX_LATENCY_MS": "0", **settings}) as running:
        for mode, count in (("live", live), ("test", rows)):
            if count:
                click.echo(msgspec.json.format(msgspec.json.encode(measure(running, mode, count)), indent=2))


if __name__ == "__main__":
    main()
