"""Webhooks: the bodies of endpoints, deliveries and events."""
