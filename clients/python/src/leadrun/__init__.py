"""Client of leadrun: find work e-mail addresses and phone numbers.

from leadrun import Leadrun

client = Leadrun()  # LEADRUN_API_KEY and LEADRUN_URL
run = client.enrich(first_name="Jane", last_name="Smith", company_domain="acme.example")
print(run.email)
"""

from leadrun import batches, errors, models, plans, webhooks
from leadrun._async_client import AsyncLeadrun
from leadrun._client import Leadrun
from leadrun._exchange import Retry
from leadrun._handles import AsyncBatch, AsyncRun, Batch, Run
from leadrun._many import Outcome
from leadrun._version import __version__
from leadrun.errors import (
    ApiError,
    DeadlineError,
    InvalidRequestError,
    LeadrunError,
    NoAnswerError,
    NotEnoughCreditsError,
    RateLimitedError,
)

__all__ = [
    "ApiError",
    "AsyncBatch",
    "AsyncLeadrun",
    "AsyncRun",
    "Batch",
    "DeadlineError",
    "InvalidRequestError",
    "Leadrun",
    "LeadrunError",
    "NoAnswerError",
    "NotEnoughCreditsError",
    "Outcome",
    "RateLimitedError",
    "Retry",
    "Run",
    "__version__",
    "batches",
    "errors",
    "models",
    "plans",
    "webhooks",
]
