"""Plans of whole look-ups, and what their attempts teach."""
