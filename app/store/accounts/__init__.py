"""Accounts in PostgreSQL: credits and keys."""
