"""Settings: read from the environment, checked once."""
