"""What an account used and what it paid, by day, provider or key, and its ledger."""
