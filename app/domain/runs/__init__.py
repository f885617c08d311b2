"""Runs, jobs and batches: their states and their rows."""
