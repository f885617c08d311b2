"""Use cases of webhook endpoints and deliveries."""
