"""leadrun: a self-hosted contact-enrichment service."""

import sys

# structlog and httpx import rich for output in colour, which ours never is: a tenth of a process's start, and six MB.
sys.modules.setdefault("httpx._main", None)  # type: ignore[arg-type] # what is None cannot be imported
if "rich" not in sys.modules:
    sys.modules["rich"] = None  # type: ignore[assignment] # the same
    import structlog as structlog

    del sys.modules["rich"]
