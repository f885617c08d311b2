"""The type of times in bodies that are written."""

from typing import Annotated

from msgspec import Meta

# Text, because msgspec writes microseconds where `app.domain.runs.view.timestamp` writes milliseconds.
Timestamp = Annotated[str, Meta(extra_json_schema={"format": "date-time"})]
