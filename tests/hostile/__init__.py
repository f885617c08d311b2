"""Input that costs more than it is: floods, slow and half-open connections, odd framing, texts made to be slow."""
