"""An installation of the one-process size for tests: `saypro up` as a person starts it, on a port of its own."""

import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]
SAYPRO = [sys.executable, "-c", "from deploy.standalone.command import main; main()"]
#: Seconds that a first start with the demo's story may take on a busy machine.
PATIENCE = 120


@dataclass(frozen=True)
class Installation:
    address: str
    folder: Path
    greeting: str

    @property
    def environment(self) -> dict[str, str]:
        return _environment(self.folder, int(self.address.rsplit(":", 1)[1]))

    def run(self, *arguments: str) -> str:
        """What `saypro <arguments>` prints; raises `CalledProcessError` if it fails."""
        done = subprocess.run(
            [*SAYPRO, *arguments], env=self.environment, cwd=ROOT, check=True, capture_output=True, text=True
        )
        return done.stdout.strip()


@contextmanager
def start_installation(folder: Path, *options: str) -> Iterator[Installation]:
    """`saypro up <options>` with its files in `folder`, until the block ends; yields once it greets."""
    port = _free_port()
    log = folder / "up.log"
    with log.open("w") as output:
        process = subprocess.Popen(
            [*SAYPRO, "up", *options], env=_environment(folder, port), cwd=ROOT, stdout=output, stderr=subprocess.STDOUT
        )
    try:
        yield Installation(f"http://127.0.0.1:{port}", folder, _wait_for_greeting(process, log))
    finally:
        process.terminate()
        process.wait(timeout=30)


def _wait_for_greeting(process: "subprocess.Popen[bytes]", log: Path) -> str:
    deadline = time.monotonic() + PATIENCE
    while not re.search(r"/sign-in/\S+\n", said := log.read_text()):
        if process.poll() is not None or time.monotonic() > deadline:
            raise RuntimeError(f"saypro up did not start:\n{said}")
        time.sleep(0.05)
    return said


def _environment(folder: Path, port: int) -> dict[str, str]:
    """This process's environment, less what would make it another installation's."""
    kept = {name: value for name, value in os.environ.items() if name not in {"BASE_URL", "HOST", "LOG_LEVEL"}}
    return kept | {"SAYPRO_DATA": str(folder), "PORT": str(port), "PYTHONPATH": str(ROOT)}


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])
