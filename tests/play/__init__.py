"""The played parts of a test: vendors, receivers, clocks, and the house around them."""
