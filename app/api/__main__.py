"""Writes the generated documents: `python -m app.api` after the table of operations or of errors has changed."""

from pathlib import Path

from app.api.errorpages import errors_markdown
from app.api.openapi import specification_json

DOCUMENTS = {"openapi.json": lambda: specification_json().decode(), "errors.md": errors_markdown}


def main() -> None:
    """Write docs/openapi.json and docs/errors.md."""
    for name, write in DOCUMENTS.items():
        (Path("docs") / name).write_text(write(), encoding="utf-8")


if __name__ == "__main__":
    main()
