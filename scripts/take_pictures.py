"""Take the pictures of the README: `make pictures` starts leadrun with sandbox data and opens the app in Chromium."""

import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import IO, cast

import msgspec
from playwright.sync_api import Page, ViewportSize, sync_playwright

ROOT = Path(__file__).parents[1]
PICTURES = ROOT / "docs" / "pictures"
CHROMIUM = "/usr/bin/chromium"
SIZE = ViewportSize(width=1120, height=760)
# So large a picture may be, in bytes.
MOST = 150_000
PASSWORD = "a long enough password"  # noqa: S105 - of an installation that lives as long as this script
PATIENCE_MS = 120_000
PEOPLE = """\
First Name,Last Name,Website,Title
Magic,Found,acme.example,Engineer
Jane,Smith,acme.example,Buyer
Max,Miller,globex.example,Head of Sales
Magic,Missing,acme.example,Clerk
Rita,Moss,initech.example,Director
Magic,Catchall,acme.example,Owner
Omar,Haddad,hooli.example,Founder
Lena,Koch,umbrella.example,Analyst
"""


def main() -> None:
    """Start leadrun in a directory of its own, take the pictures, and end it."""
    with tempfile.TemporaryDirectory() as home:
        command = [sys.executable, "-m", "app.cli.main", "up", "--json", "--port", "0", "--data-dir", f"{home}/data"]
        with subprocess.Popen(command, cwd=home, env=_environment(), stdout=subprocess.PIPE) as up:  # noqa: S603
            try:
                ready = msgspec.json.decode(cast(IO[bytes], up.stdout).readline(), type=dict[str, str])
                with (
                    sync_playwright() as playwright,
                    playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"]) as browser,
                ):
                    page = browser.new_page(viewport=SIZE, color_scheme="light", locale="en-GB", timezone_id="UTC")
                    page.set_default_timeout(PATIENCE_MS)
                    _enter(page, ready["claim"])
                    _take_run(page, ready["url"])
                    _take_list(page, ready["url"])
            finally:
                up.send_signal(signal.SIGINT)


def _environment() -> dict[str, str]:
    """Return the environment without settings of ours, so that the pictures are the same everywhere."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("LEADRUN_")}
    return kept | {"PYTHONPATH": str(ROOT)}


def _enter(page: Page, claim: str) -> None:
    page.goto(claim)
    page.get_by_label("Your e-mail").fill("jane.smith@acme.example")
    page.get_by_label("Your name").fill("Jane Smith")
    page.get_by_label("New password").fill(PASSWORD)
    page.get_by_label("The same again").fill(PASSWORD)
    page.get_by_role("button", name="Create operator").click()
    page.get_by_role("button", name="TEST").click()
    page.wait_for_load_state()


def _take_run(page: Page, url: str) -> None:
    page.goto(f"{url}/app/lookup")
    page.get_by_label("First name").fill("Rita")
    page.get_by_label("Last name").fill("Moss")
    page.get_by_label("Company domain").fill("initech.example")
    page.get_by_role("button", name="Look up").click()
    page.wait_for_selector(".answer")
    page.wait_for_selector("[data-live]", state="detached")
    _take(page, "run.png")


def _take_list(page: Page, url: str) -> None:
    page.goto(f"{url}/app/lists/new")
    page.get_by_label("Or rows, with a line of headings").fill(PEOPLE)
    page.get_by_role("button", name="Check").click()
    page.get_by_role("button", name="Start").click()
    page.wait_for_selector("progress")
    page.wait_for_selector("[data-live]", state="detached")
    _take(page, "list.png")


def _take(page: Page, name: str) -> None:
    """Take a picture of what the window shows.

    Raises:
        RuntimeError: It is larger than a page of a repository should load.
    """
    path = PICTURES / name
    # The buttons of a page that has ended meanwhile.
    page.reload()
    page.screenshot(path=path, animations="disabled")
    if path.stat().st_size > MOST:
        message = f"{path} has {path.stat().st_size} bytes; make the window smaller, so that it has {MOST} at most."
        raise RuntimeError(message)


if __name__ == "__main__":
    main()
