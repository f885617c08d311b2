"""The client's command, run in this process or as one of its own."""

import os
import subprocess
import sys

from click.testing import CliRunner, Result

from leadrun_cli.main import client as command
from tests.architecture.tree import ROOT

Environ = dict[str, str]


def run(environ: Environ, *arguments: str, stdin: str = "") -> Result:
    """Run the command."""
    cleared: dict[str, str | None] = dict.fromkeys(("LEADRUN_URL", "LEADRUN_API_KEY", "LEADRUN_KEY", "LEADRUN_PROFILE"))
    return CliRunner().invoke(command, arguments, env=cleared | environ, input=stdin)


def process(environ: Environ, *arguments: str, stdin: int = subprocess.DEVNULL) -> subprocess.Popen[str]:
    """Start the command as a process."""
    path = f"{ROOT / 'clients' / 'python' / 'src'}:{ROOT}"
    return subprocess.Popen(
        [sys.executable, "-m", "leadrun_cli.main", *arguments],
        env=os.environ | environ | {"PYTHONPATH": path},
        stdin=stdin,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
