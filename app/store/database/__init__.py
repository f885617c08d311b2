"""The database engine, its errors, group commit and migrations."""
