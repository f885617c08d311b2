"""Why something could not be started: one sentence for the person who typed the command."""


class StartError(Exception):
    """A server or a child process does not start; the message is one sentence a person can act on."""
