"""Vendors as data: the words, the interpreter, the registry and one catalogue file each."""
