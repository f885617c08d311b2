"""Contacts: how people, companies and placeholders are read."""
