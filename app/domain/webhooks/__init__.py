"""Webhooks: endpoints, deliveries, signatures and permitted URLs."""
