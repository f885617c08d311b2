"""Operations on webhooks."""

from app.api import account, schemas_service
from app.api.operation import Answer, Operation

OPERATIONS: tuple[Operation, ...] = (
    Operation(
        method="GET",
        path="/api/v1/webhooks/secret",
        handler=account.read_secret,
        id="getWebhookSecret",
        tag="Webhooks",
        summary="Show the signing secret",
        answers={200: Answer(description="Secret.", schema=schemas_service.WebhookSecret)},
    ),
    Operation(
        method="POST",
        path="/api/v1/webhooks/secret",
        handler=account.rotate_secret,
        id="rotateWebhookSecret",
        tag="Webhooks",
        summary="Make a new signing secret; the old one signs along for 24 hours",
        answers={200: Answer(description="Secret.", schema=schemas_service.WebhookSecret)},
    ),
)
