"""Plans of whole look-ups, and what is learned from their attempts."""
