"""Cascades and attempts in PostgreSQL."""
