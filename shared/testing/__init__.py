"""Fixtures that every part of the project tests with."""
