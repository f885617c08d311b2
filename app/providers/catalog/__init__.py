"""The catalogue: one declarative file a provider."""
