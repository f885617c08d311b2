"""The files of the repository: those that git has or would take, and nothing that tools have made."""

import re
import subprocess
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
MADE = {".git", ".venv", ".leadrun", "build", "dist", "node_modules", "__pycache__"}


@cache
def files() -> tuple[str, ...]:
    """Return every file's path from the root; without git, everything that is not obviously made by a tool."""
    command = ["git", "-C", str(ROOT), "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    try:
        listed = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split("\0")
    except (OSError, subprocess.CalledProcessError):
        # An archive, or a checkout that belongs to somebody else.
        found = (path.relative_to(ROOT) for path in ROOT.rglob("*"))
        listed = [
            str(p) for p in found if not MADE & set(p.parts) and not re.match(r"\..*cache|\.hypothesis", p.parts[0])
        ]
    return tuple(sorted(name for name in listed if name and (ROOT / name).is_file()))


def text_of(name: str) -> str:
    """Return a file's text; empty when it is not text."""
    try:
        return (ROOT / name).read_text(encoding="utf-8")
    except UnicodeDecodeError:
        return ""


def python_files() -> list[str]:
    """Return the Python files."""
    return [name for name in files() if name.endswith(".py")]
