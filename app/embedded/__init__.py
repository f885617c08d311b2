"""PostgreSQL and Valkey from wheels, and leadrun's own processes, as children of `leadrun up` and of the tests."""


class StartError(Exception):
    """A server or a child process does not start; the message is one sentence that an operator can act on."""
