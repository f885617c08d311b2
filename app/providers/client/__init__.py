"""The client that calls a provider as its declaration says."""
