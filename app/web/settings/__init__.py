"""Settings: the account, its members and invitations, and a person's own sessions."""
