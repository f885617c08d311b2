"""Forms, queries and cookies: what a client sends as names with values, read in bounds and never remembered."""
