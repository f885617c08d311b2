"""Connections of clients: HTTP/1.1 bounded in time and memory, whatever a client sends or does not read."""
