"""Assistants: the MCP server over both transports."""
