"""Write docs/openapi.json and docs/errors.md: run by `make docs`."""

from pathlib import Path

from app.api.openapi.document import specification_json
from app.api.operations import operations
from app.api.service.error_pages import errors_markdown

DOCUMENTS = {"openapi.json": lambda: specification_json(operations()).decode(), "errors.md": errors_markdown}


def main() -> None:
    """Write docs/openapi.json and docs/errors.md."""
    for name, write in DOCUMENTS.items():
        (Path("docs") / name).write_text(write(), encoding="utf-8")


if __name__ == "__main__":
    main()
