"""Webhooks: send signed deliveries of events to URLs."""
