"""The name of an account, by which commands and operators know it."""

from app.domain.errors import FieldError, InvalidInputError
from app.domain.problems import visible

# Accounts of people who sign up are named by their address, of 254 characters at most (RFC 5321, 4.5.3.1.3).
MAX_ACCOUNT_NAME = 300


def check_account_name(name: str) -> None:
    """Check the name of a new account: a line that a terminal and a page can show.

    Raises:
        InvalidInputError: It is empty, too long, or holds control characters.
    """
    if not name.strip():
        message = "must not be empty"
    elif len(name) > MAX_ACCOUNT_NAME:
        message = f"must have at most {MAX_ACCOUNT_NAME} characters"
    elif visible(name) != name:
        message = "must not contain control characters"
    else:
        return
    raise InvalidInputError([FieldError(field="account", message=message)])
