"""Verifications within a cascade that finds."""
