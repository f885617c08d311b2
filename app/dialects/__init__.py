"""Dialects: the bodies of requests, responses and events, one package each."""
