"""The vocabulary of catalogue entries: data only, no behaviour."""
