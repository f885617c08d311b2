"""The runs of an account: their table, and each with its cascade."""
