"""Contacts: parse and normalise people, companies, addresses and numbers."""
