"""The order of a waterfall as pure functions: the index, its beliefs, and waterfalls as data."""
