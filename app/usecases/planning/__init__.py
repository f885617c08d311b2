"""Use cases that plan cascades."""
