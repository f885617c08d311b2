"""Redis: limits, signals and gates, never the only copy of anything."""
