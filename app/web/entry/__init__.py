"""The entrance: log-in, links of one use, and the switches of the frame."""
