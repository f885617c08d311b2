"""Names of accounts: a line that a terminal and a page can show."""

import pytest

from app.domain.accounts.account_name import MAX_ACCOUNT_NAME, check_account_name
from app.domain.errors import InvalidInputError
from app.domain.problems import visible
from tests.rows import each_row


@each_row("name", ["acme", "Acme GmbH & Co. KG", "Ácme 東京", "👩‍💻 labs", "x" * MAX_ACCOUNT_NAME])
def test_a_name_of_one_line_is_taken(name: str) -> None:
    check_account_name(name)
    assert visible(name) == name


@each_row(
    "name, message",
    [
        ("", "must not be empty"),
        (" \t", "must not be empty"),
        ("x" * (MAX_ACCOUNT_NAME + 1), f"must have at most {MAX_ACCOUNT_NAME} characters"),
        ("acme\x1b[2J", "must not contain control characters"),
        ("acme\nroot", "must not contain control characters"),
        ("acme\u202eemca", "must not contain control characters"),
        ("acme\ud800", "must not contain control characters"),
    ],
)
def test_a_name_that_a_terminal_would_obey_is_refused(name: str, message: str) -> None:
    with pytest.raises(InvalidInputError) as refused:
        check_account_name(name)
    (problem,) = refused.value.problems
    assert (problem.field, problem.message) == ("account", message)


def test_what_would_be_obeyed_is_shown_as_a_mark() -> None:
    assert visible("a\x07b\u2066c\x9bd") == "a\ufffdb\ufffdc\ufffdd"
