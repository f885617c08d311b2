"""The providers: how each is set up, how it stands, and how good it was for this account."""
