"""Use cases of accounts and their keys."""
