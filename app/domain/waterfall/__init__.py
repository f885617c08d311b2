"""The waterfall: the order of providers, their answers and the outcome."""
