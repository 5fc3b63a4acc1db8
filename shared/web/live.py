"""Live pages: one small process per service holds the open connections and follows changes by server-sent events.

A worker announces a topic in the transaction that changed it; every open page of that topic then gets the same
HTML, rendered once for all who may see the same. A page that loses its connection falls back to polling the
same fragment under `?once=1`.
"""

import queue
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import structlog
from flask import Blueprint, Response, request, stream_with_context

from shared.database.engine import Database
from shared.errors import Unavailable
from shared.identity import Identity
from shared.messaging.wake import MISSED, Listener
from shared.service import Runtime
from shared.web.context import identity, session
from shared.web.policy import allow

log = structlog.get_logger()
#: A proxy closes what is silent for too long; a comment keeps the stream open. Seconds.
HEARTBEAT = 15.0
#: A flood of changes is shown this many seconds apart.
PACE = 0.2
#: After this long a stream ends and the browser opens it anew, with its rights checked again. Seconds.
LONGEST = 600.0


@dataclass(frozen=True)
class Topic:
    """A kind of live page section. Its address is /<service>/live/<path>."""

    #: A Flask rule such as "campaigns/<uuid:campaign_id>".
    path: str
    permission: str
    #: The announced topic of these arguments, such as "campaign:0190...".
    channel: Callable[..., str]
    #: The section's HTML: render(session, identity, **arguments). Raises NotFound for what one may not see.
    render: Callable[..., str]
    #: People with equal audience get the same HTML, rendered once; hence no form, which would hold one's own token.
    audience: Callable[[Identity], object] = lambda who: (who.role, who.organisation_id, who.locale, who.time_zone)


@dataclass
class _Channel:
    version: int = 0
    waiting: list["queue.SimpleQueue[int]"] = field(default_factory=list)
    rendered: dict[object, tuple[int, str]] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)


class Hub:
    """Hands announcements to the streams of this process and keeps what was rendered for them."""

    def __init__(self, database: Database, most: int) -> None:
        self._database = database
        self._most = most
        self._open = 0
        self._channels: defaultdict[str, _Channel] = defaultdict(_Channel)
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self.closed = False

    def close(self) -> None:
        """End every stream, now and from now on: a server that stops would otherwise wait for them."""
        self.closed = True
        with self._lock:
            for channel in self._channels.values():
                for inbox in channel.waiting:
                    inbox.put(channel.version)

    def has_room(self) -> bool:
        return self._open < self._most

    def follow(self, name: str) -> "queue.SimpleQueue[int]":
        """A queue that gets a number each time `name` changes."""
        inbox: queue.SimpleQueue[int] = queue.SimpleQueue()
        with self._lock:
            self._channels[name].waiting.append(inbox)
            self._open += 1
            if self._thread is None:
                # Started by the first stream, hence after fork and after gevent has patched.
                self._thread = threading.Thread(target=self._listen, name="live", daemon=True)
                self._thread.start()
        return inbox

    def leave(self, name: str, inbox: "queue.SimpleQueue[int]") -> None:
        with self._lock:
            channel = self._channels[name]
            channel.waiting.remove(inbox)
            self._open -= 1
            if not channel.waiting:
                del self._channels[name]

    def render_once(self, name: str, audience: object, render: Callable[[], str]) -> str:
        """`render()`, or what it gave to this audience since the topic last changed."""
        channel = self._channels[name]
        with channel.lock:
            version = channel.version
            kept = channel.rendered.get(audience)
            if kept is None or kept[0] != version:
                kept = (version, render())
                channel.rendered[audience] = kept
            return kept[1]

    def _listen(self) -> None:
        for topic in Listener(self._database):
            with self._lock:
                names = list(self._channels) if topic == MISSED else [topic] if topic in self._channels else []
                for name in names:
                    channel = self._channels[name]
                    channel.version += 1
                    for inbox in channel.waiting:
                        inbox.put(channel.version)


def live_blueprint(runtime: Runtime, hub: Hub) -> Blueprint:
    """The routes of the service's topics, whose streams `hub` feeds."""
    blueprint = Blueprint("live", __name__, url_prefix=f"/{runtime.service.name}/live")
    for number, topic in enumerate(runtime.service.topics):
        blueprint.add_url_rule(f"/{topic.path}", f"topic{number}", _view(runtime, hub, topic))
    return blueprint


def _view(runtime: Runtime, hub: Hub, topic: Topic) -> Callable[..., Response]:
    @allow(topic.permission)
    def view(**arguments: Any) -> Response:
        who = identity()
        # The first rendering happens in the request's own transaction: whoever may not see gets 404 here.
        first = topic.render(session(), who, **arguments)
        if request.args.get("once"):
            return Response(first, mimetype="text/html")
        if not hub.has_room():
            raise Unavailable("Too many live pages are open here; this one asks again now and then.", retry_after=30)
        stream = stream_with_context(_stream(runtime, hub, topic, who, arguments, first))
        return Response(
            stream,
            mimetype="text/event-stream",
            headers={"X-Accel-Buffering": "no", "Cache-Control": "no-store"},
        )

    return view


def _stream(
    runtime: Runtime, hub: Hub, topic: Topic, who: Identity, arguments: Mapping[str, Any], first: str
) -> Iterator[str]:
    name = topic.channel(**arguments)
    inbox = hub.follow(name)

    def render() -> str:
        with runtime.database.transaction(write=False) as reading:
            return topic.render(reading, who, **arguments)

    try:
        yield "retry: 2000\n\n" + encode_event("html", first)
        ends = time.monotonic() + LONGEST
        sent = first
        # What changed between the first rendering and following it is caught by rendering once more.
        pending = True
        while time.monotonic() < ends and not hub.closed:
            if not pending:
                try:
                    inbox.get(timeout=HEARTBEAT)
                except queue.Empty:
                    yield ": still here\n\n"
                    continue
            while not inbox.empty():
                inbox.get_nowait()
            pending = False
            if hub.closed:
                return
            html = hub.render_once(name, topic.audience(who), render)
            if html != sent:
                sent = html
                yield encode_event("html", html)
                time.sleep(PACE)
    finally:
        hub.leave(name, inbox)


def encode_event(kind: str, data: str) -> str:
    """One server-sent event (HTML Living Standard, section 9.2.6)."""
    lines = "".join(f"data: {line}\n" for line in data.splitlines() or [""])
    return f"event: {kind}\n{lines}\n"
