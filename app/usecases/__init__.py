"""Use cases: one a file, named by its verb; each owns its transactions."""
