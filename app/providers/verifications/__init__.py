"""Verifications that vendors in the catalogue offer besides what they find: one table for each."""
