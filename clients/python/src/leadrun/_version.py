"""The version of the client, said once."""

__version__ = "0.1.0"
