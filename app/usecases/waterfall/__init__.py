"""Use cases that run cascades and finish them."""
