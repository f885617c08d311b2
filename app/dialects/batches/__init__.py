"""Batches: the bodies of uploads and of their results."""
