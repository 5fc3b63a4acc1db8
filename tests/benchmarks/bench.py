"""Runs benchmarks and says how each compares with its peers: `python -m tests.benchmarks.bench [name ...]`.

A benchmark is a function decorated with `@benchmark("name")` in any module of this folder. It returns its own value,
the unit, and beside it what peers reach on the same machine. The table goes to the terminal, the figures to
`var/bench.json`, where those of other runs stay.
"""

import importlib
import json
import logging
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TypedDict

import structlog


class Outcome(TypedDict):
    """What a benchmark measured."""

    value: float
    unit: str
    beside: dict[str, float]


Benchmark = Callable[[], Outcome]
FOLDER = Path(__file__).parent
_registry: dict[str, Benchmark] = {}


def benchmark(name: str) -> Callable[[Benchmark], Benchmark]:
    """Register a function as the benchmark `name`."""

    def register(function: Benchmark) -> Benchmark:
        if name in _registry:
            raise ValueError(f"two benchmarks are called {name}")
        _registry[name] = function
        return function

    return register


def main(names: list[str]) -> int:
    """Run the benchmarks named, or all; returns the exit code."""
    for path in sorted(FOLDER.glob("*.py")):
        importlib.import_module(f"tests.benchmarks.{path.stem}")
    if unknown := sorted(set(names) - set(_registry)):
        print(f"There is no benchmark called {', '.join(unknown)}. There are: {', '.join(sorted(_registry))}.")
        return 2
    # Apps that run in this process would log every request between the figures.
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    record = Path(os.environ.get("SAYPRO_DATA", "var")) / "bench.json"
    outcomes: dict[str, Outcome] = json.loads(record.read_text()) if record.exists() else {}
    for name in names or sorted(_registry):
        outcomes[name] = _registry[name]()
        print_outcome(name, outcomes[name])
        record.parent.mkdir(parents=True, exist_ok=True)
        record.write_text(json.dumps(outcomes, indent=2, sort_keys=True) + "\n")
    return 0


def print_outcome(name: str, outcome: Outcome) -> None:
    """Print a benchmark's value and how many times its peers' it is."""
    print(f"{name:<28}{outcome['value']:>12,.1f} {outcome['unit']}")
    for peer, value in outcome["beside"].items():
        print(f"    {peer:<24}{value:>12,.1f}   ours is {outcome['value'] / value:.2f} times that", flush=True)


if __name__ == "__main__":
    # Registered benchmarks are known to the module by its own name, not to `__main__`.
    from tests.benchmarks import bench

    sys.exit(bench.main(sys.argv[1:]))
