"""The outgoing door: signed deliveries of events to URLs."""
