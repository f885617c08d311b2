"""Runs, jobs and batches in PostgreSQL."""
