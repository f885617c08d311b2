"""Columns of people's files: which one fills which attribute of a contact."""
