"""Lists of people: check a file, start it, watch it fill, download it."""
