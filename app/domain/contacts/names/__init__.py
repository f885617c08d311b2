"""Names of people: read first and last name out of what people type, and write them as they are asked for."""
