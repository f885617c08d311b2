"""Other stacks that do the same durable work: `python -m bench.peers`."""
