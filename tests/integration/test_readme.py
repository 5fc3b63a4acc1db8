"""README.md is followed to the letter: its shell blocks are run against `saypro up` and print what it says."""

import re
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.installation import ROOT, Installation, start_installation

README = (ROOT / "README.md").read_text()
BLOCKS = re.findall(r"^```sh\n(.*?)^```$(?:\n^```text\n(.*?)^```$)?", README, re.MULTILINE | re.DOTALL)
#: Seconds that a block which only reads may take to print what is promised.
PATIENCE = 20
END = "-- end of the block --"


@pytest.fixture
def installation(tmp_path: Path) -> Iterator[Installation]:
    with start_installation(tmp_path, "--no-demo") as running:
        yield running


class Shell:
    """A terminal whose variables and functions last from block to block."""

    def __init__(self, installation: Installation) -> None:
        self._process = subprocess.Popen(
            ["/bin/bash"], cwd=ROOT, env=installation.environment, text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )  # fmt: skip

    def run(self, block: str) -> str:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(f"{block}\necho; echo '{END}'\n")
        self._process.stdin.flush()
        said = []
        for line in self._process.stdout:
            if line.strip() == END:
                return "".join(said).strip("\n")
            said.append(line)
        raise AssertionError("".join(said))

    def close(self) -> None:
        self._process.kill()
        self._process.wait()


def test_the_main_job_runs_as_the_readme_says(installation: Installation) -> None:
    assert len(BLOCKS) >= 8
    shell = Shell(installation)
    try:
        for block, promised in BLOCKS:
            here = block.replace("http://127.0.0.1:8000", installation.address)
            here = here.replace(".venv/bin/saypro", str(Path(sys.executable).with_name("saypro")))
            said = shell.run(here)
            deadline = time.monotonic() + PATIENCE
            while _changes_nothing(block) and not _keeps(said, promised) and time.monotonic() < deadline:
                time.sleep(0.1)
                said = shell.run(here)
            assert _keeps(said, promised), f"{block}\nprinted\n{said}\ninstead of\n{promised}"
    finally:
        shell.close()


def test_what_the_readme_leads_to_is_there() -> None:
    for address in re.findall(r"\]\((?!https?:)([^)#]+)", README):
        assert (ROOT / address).exists(), address


def _changes_nothing(block: str) -> bool:
    return " -d " not in block and "deliver " not in block


def _keeps(said: str, promised: str) -> bool:
    """Whether it was printed, where "…" stands for what differs each time."""
    pattern = re.escape(promised.strip("\n")).replace("…", r"\S+")
    return re.fullmatch(pattern, said) is not None
