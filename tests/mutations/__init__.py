"""Mutations: change one rule of a module at a time, and see whether a unit test fails."""
