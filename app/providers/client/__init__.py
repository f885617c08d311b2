"""The client that asks a provider as its declaration says."""
