"""The operator's pages: health of the system, accounts, users."""
