"""The command line: what people and scripts type, and the sentences that they read."""
