"""Accounts: API keys, prices and rate limits."""
