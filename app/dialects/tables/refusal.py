"""Refuse a file that cannot be read as a table."""

from typing import NoReturn

from app.domain.errors import FieldError, InvalidInputError


def refuse(message: str) -> NoReturn:
    """Refuse the file as a whole, with a sentence that says what to do.

    Raises:
        InvalidInputError: Always.
    """
    raise InvalidInputError([FieldError(field="", message=message)])
