"""The clients of the API, against a real server."""
