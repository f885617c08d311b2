"""Write the specification in its variants, the collection of requests and docs/errors.md: run by `make docs`."""

from collections.abc import Callable
from functools import partial
from pathlib import Path

from app.api.openapi.document import specification
from app.api.openapi.variants import COMMITTED, Variant, variant_json
from app.api.operations import operations
from app.api.service.error_pages import errors_markdown
from scripts.write_collection import collection_json


def _variant(variant: Variant) -> str:
    return variant_json(operations(), variant).decode()


DOCUMENTS: dict[str, Callable[[], str]] = {
    **{variant.file_name: partial(_variant, variant) for variant in COMMITTED},
    "leadrun.postman_collection.json": lambda: collection_json(specification(operations())),
    "errors.md": errors_markdown,
}


def main() -> None:
    """Write them."""
    for name, write in DOCUMENTS.items():
        (Path("docs") / name).write_text(write(), encoding="utf-8")


if __name__ == "__main__":
    main()
