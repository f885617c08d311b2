"""Contacts: how people and companies are named, read and normalised."""
