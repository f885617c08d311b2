"""Webhooks: the endpoints of an account, and what was delivered to them."""
