"""Fixtures that every test may use; what only one service's tests need stands in its own conftest.py."""

pytest_plugins = [
    "shared.testing.containers",
    "shared.testing.people",
    "shared.testing.databases",
    "shared.testing.browser",
]


def pytest_make_parametrize_id(val: object, argname: str) -> str | None:
    """Name a case by its place where its value is long or bytes: such hold ids and times of the process that made them.

    Each of xdist's workers collects for itself, and they must agree on the names.
    """
    return argname if isinstance(val, bytes) or (isinstance(val, str) and len(val) > 60) else None
