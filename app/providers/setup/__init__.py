"""Providers as configured by the operator."""
