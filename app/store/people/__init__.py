"""People in the database: users, memberships, sessions, and the links that let a person in."""
