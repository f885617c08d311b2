"""HTTP: authentication, bodies, errors, limits and responses that all operations share."""
