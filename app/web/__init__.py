"""The app: pages for people, rendered by the server, on the port of the API (docs/app.md)."""
