"""API keys: the table, one key, a new one."""
