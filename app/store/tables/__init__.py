"""The tables of the schema."""
