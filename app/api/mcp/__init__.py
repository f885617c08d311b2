"""Look-ups for assistants (Model Context Protocol)."""
