"""Waiting for a condition, with a deadline."""

import time
from collections.abc import Callable


def wait_until(
    condition: Callable[[], object], seconds: float, explain: Callable[[], str] = lambda: "", pause: float = 0.05
) -> None:
    """Return once `condition()` is true; raises `TimeoutError` with `explain()` after `seconds`."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            name = getattr(condition, "__qualname__", repr(condition))
            raise TimeoutError(f"{name} was not so within {seconds:g} s. {explain()}")
        time.sleep(pause)
