"""The browsers of the benchmark `live_1000`: one light process that holds a stream for each open dashboard.

It takes a command a line from its input and answers each with a line: `open` with an address's parts and a cookie for
each viewer, `watch` with a text to look for (none: any dashboard). Who is cut off comes back. Times are the
machine's own clock (`time.monotonic`), which is the same in every process.
"""

import json
import selectors
import socket
import sys
import time
from dataclasses import dataclass, field
from typing import Any

from shared.web.sign_in import COOKIE

#: Seconds from one try to reach a server that isn't there to the next.
AGAIN = 0.1


@dataclass(eq=False)
class Viewer:
    """An open dashboard; `shown` is when it last got what was looked for."""

    request: bytes
    line: socket.socket | None = None
    rest: bytes = b""
    shown: float = 0.0


@dataclass
class Viewers:
    """All of them, and what they look for just now; an empty text is in every dashboard."""

    place: tuple[str, int]
    everyone: list[Viewer]
    wanted: bytes = b""
    missing: set[Viewer] = field(default_factory=set)
    away: dict[Viewer, float] = field(default_factory=dict)
    selector: selectors.DefaultSelector = field(default_factory=selectors.DefaultSelector)

    def look_for(self, text: str) -> None:
        self.wanted, self.missing = text.encode(), set(self.everyone)

    def attend(self) -> None:
        """Read what has come, and connect those who are away."""
        for key, _events in self.selector.select(0.02 if self.away else 1.0):
            if key.data is not None:
                self._read(key.data)
        for viewer in [each for each, due in self.away.items() if due <= time.monotonic()]:
            self._connect(viewer)

    def _connect(self, viewer: Viewer) -> None:
        viewer.rest = b""
        try:
            viewer.line = socket.create_connection(self.place, timeout=10)
        except ConnectionError:
            self.away[viewer] = time.monotonic() + AGAIN
            return
        del self.away[viewer]
        viewer.line.sendall(viewer.request)
        viewer.line.setblocking(False)
        self.selector.register(viewer.line, selectors.EVENT_READ, viewer)

    def _read(self, viewer: Viewer) -> None:
        assert viewer.line is not None
        try:
            came = viewer.line.recv(1 << 18)
        except ConnectionError:
            came = b""
        if not came:
            self.selector.unregister(viewer.line)
            viewer.line.close()
            self.away[viewer] = time.monotonic() + AGAIN
            return
        if not came.startswith(b"HTTP/1.1 200 ") and came.startswith(b"HTTP/1.1 "):
            raise RuntimeError(came.decode())
        *events, viewer.rest = (viewer.rest + came).split(b"\n\n")
        if viewer in self.missing and any(b"event: html" in each and self.wanted in each for each in events):
            viewer.shown = time.monotonic()
            self.missing.remove(viewer)


def main() -> None:
    """Do what the input says until it ends."""
    viewers = Viewers(("", 0), [])
    while line := sys.stdin.readline():
        command: dict[str, Any] = json.loads(line)
        if cookies := command.get("open"):
            head = (
                "GET {path} HTTP/1.1\r\nHost: {host}\r\nAccept: text/event-stream\r\nCookie: "
                + COOKIE
                + "={cookie}\r\n\r\n"
            )
            everyone = [Viewer(head.format(cookie=cookie, **command).encode()) for cookie in cookies]
            viewers = Viewers((command["host"], command["port"]), everyone, away=dict.fromkeys(everyone, 0.0))
            viewers.selector.register(sys.stdin, selectors.EVENT_READ)
        viewers.look_for(command.get("watch", ""))
        answer("ready")
        while viewers.missing:
            viewers.attend()
        answer([each.shown for each in viewers.everyone])
        # Heartbeats come meanwhile, and a browser would take them.
        while not any(key.data is None for key, _events in viewers.selector.select(0)):
            viewers.attend()


def answer(told: Any) -> None:
    """Tell the benchmark."""
    print(json.dumps(told), flush=True)


if __name__ == "__main__":
    main()
