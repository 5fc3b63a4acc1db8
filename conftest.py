"""Fixtures that every test may use; what only one service's tests need stands in its own conftest.py."""

pytest_plugins = [
    "shared.testing.containers",
    "shared.testing.people",
    "shared.testing.databases",
    "shared.testing.browser",
]
