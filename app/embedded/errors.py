"""The error of a start that fails."""


class StartError(Exception):
    """A server or a child process does not start; the message is one sentence that an operator can act on."""
