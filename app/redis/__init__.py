"""Redis: limits, notifications and provider gates; never the only copy of anything."""
