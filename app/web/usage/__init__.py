"""Usage by day, provider or key, the ledger and the prices."""
