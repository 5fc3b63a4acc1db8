"""Processes of the installation, each watched and started again when it dies: what an orchestrator does."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).parents[2]
_WATCH = 0.02


@dataclass(frozen=True)
class Death:
    """An end that was not asked for, and the crash point that the process had been told to die at, if any."""

    process: str
    armed: str | None
    code: int | None


@dataclass
class Process:
    """One process of a service, kept running from `start` to `stop`.

    `plan` holds crash points (`consumer.after_commit:2`): each start takes one, so that every restart dies at
    the next, until the plan is empty and the process stays.
    """

    name: str
    command: Sequence[str]
    environment: Mapping[str, str]
    log: Path
    #: gunicorn's arbiter starts a worker by itself when one dies; we want to see that, and start both anew.
    has_arbiter: bool = False
    plan: deque[str] = field(default_factory=deque)
    deaths: list[Death] = field(default_factory=list)
    _armed: str | None = None
    _process: "subprocess.Popen[bytes] | None" = None
    _watcher: threading.Thread | None = None
    _wanted: threading.Event = field(default_factory=threading.Event)
    _lock: threading.RLock = field(default_factory=threading.RLock)

    def start(self) -> None:
        """Start it, and start it again whenever it dies."""
        self._wanted.set()
        with self._lock:
            self._launch()
        self._watcher = threading.Thread(target=self._watch, name=f"watch-{self.name}", daemon=True)
        self._watcher.start()

    def stop(self, number: int = signal.SIGTERM, seconds: float = 40) -> int:
        """End it and let it be; returns its exit code, 0 if it was never started.

        Raises `subprocess.TimeoutExpired` if it doesn't end in time.
        """
        self._wanted.clear()
        if self._watcher:
            self._watcher.join()
        with self._lock:
            if self._process is None:
                return 0
            if number == signal.SIGTERM:
                self._process.terminate()
            else:
                self._kill_group(number)
            code = self._process.wait(seconds)
            self._kill_group()
        return code

    def kill(self) -> None:
        """End it as the kernel would, with everything it started; the watcher starts it again."""
        with self._lock:
            self._kill_group()

    def is_running(self) -> bool:
        """Whether it runs just now."""
        with self._lock:
            return self._process is not None and self._process.poll() is None

    def arm(self, plan: Sequence[str]) -> None:
        """Start it anew to die at each of these points, one per start."""
        with self._lock:
            self.plan.extend(plan)
            self._kill_group()

    def disarm(self) -> None:
        """Forget the rest of the plan, and start anew if it was told to die."""
        with self._lock:
            self.plan.clear()
            if self._armed is not None:
                self._kill_group()

    @property
    def is_armed(self) -> bool:
        """Whether a crash point is still ahead of it."""
        with self._lock:
            return bool(self.plan) or self._armed is not None

    def died_at(self, point: str) -> bool:
        """Whether it was killed while told to die at `point`."""
        return any(each.armed and each.armed.partition(":")[0] == point for each in self.deaths)

    def pids(self) -> set[int]:
        """Its own and those of what it started."""
        with self._lock:
            assert self._process is not None
            return {self._process.pid, *self._children()}

    def tail(self, lines: int = 40) -> str:
        """The end of its log."""
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-lines:]) if self.log.exists() else ""

    def _launch(self) -> None:
        self._armed = self.plan.popleft() if self.plan else None
        extra = {"SAYPRO_CRASH_AT": self._armed} if self._armed else {}
        with self.log.open("ab") as log:
            log.write(f"--- start {extra or ''}\n".encode())
            self._process = subprocess.Popen(
                [sys.executable, *self.command],
                cwd=ROOT,
                env={**self.environment, **extra},
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def _watch(self) -> None:
        workers: set[int] = set()
        while self._wanted.is_set():
            with self._lock:
                assert self._process is not None
                code = self._process.poll()
                now = self._children() if self.has_arbiter and code is None else set()
                if code is not None or not workers <= now:
                    self._kill_group()
                    self.deaths.append(Death(self.name, self._armed, code))
                    workers = set()
                    if code not in (None, -signal.SIGKILL):
                        # It can't start; let it not take the machine from those that can.
                        time.sleep(0.5)
                    self._launch()
                else:
                    workers = now
            time.sleep(_WATCH)

    def _children(self) -> set[int]:
        assert self._process is not None
        try:
            listed = Path(f"/proc/{self._process.pid}/task/{self._process.pid}/children").read_text()
        except OSError:
            return set()
        return {int(each) for each in listed.split()}

    def _kill_group(self, number: int = signal.SIGKILL) -> None:
        assert self._process is not None
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, number)
        self._process.wait()
