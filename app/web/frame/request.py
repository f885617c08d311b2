"""The request of a page, as Litestar has it."""

from typing import Any

from litestar import Request

WebRequest = Request[Any, Any, Any]
