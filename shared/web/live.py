"""Live pages: one small process per service holds the open connections and follows changes by server-sent events.

A worker announces a topic in the transaction that changed it; every open page of that topic then gets the same
HTML, rendered once for all who may see the same. A page that loses its connection falls back to polling the
same fragment under `?once=1`.
"""

import random
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Generator
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import structlog
from flask import Blueprint, Response, g, request, stream_with_context

from shared.database.engine import Database
from shared.database.requests import DATABASE_DOWN
from shared.errors import NotFound, Unavailable
from shared.identity import Identity
from shared.messaging.wake import MISSED, Listener
from shared.service import Runtime
from shared.web.context import identity, transaction
from shared.web.policy import allow

log = structlog.get_logger()
#: A proxy closes what is silent for too long; a comment keeps the stream open. Seconds.
HEARTBEAT = 15.0
#: A flood of changes is shown this many seconds apart.
PACE = 0.2
#: After this long at most a stream ends and the browser opens it anew, with its rights checked again. Seconds.
LONGEST = 600.0
#: Whoever opens a page gets what others of the same audience were shown up to this many seconds ago, if nothing has
#: changed since: a thousand pages come back together after a restart.
KEPT = 5.0


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
    #: People with equal audience get the same HTML, rendered once; hence no form, which would hold one's own token. It
    #: tells apart all who may see different things, for whoever comes later is not asked again.
    audience: Callable[[Identity], object] = lambda who: (who.role, who.organisation_id, who.locale, who.time_zone)


@dataclass(frozen=True)
class Section:
    """A live section as one audience sees it, at a version of its channel and a `time.monotonic()`."""

    html: str
    #: The same as a server-sent event, encoded once for all.
    event: bytes
    version: int
    rendered_at: float


@dataclass
class _Channel:
    version: int = 0
    followers: set[threading.Event] = field(default_factory=set)
    sections: dict[object, Section] = field(default_factory=dict)
    #: One for each audience: who waits for one section's rendering holds up no other.
    locks: dict[object, Any] = field(default_factory=dict)


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
                for changed in channel.followers:
                    changed.set()

    def has_room(self) -> bool:
        return self._open < self._most

    def follow(self, name: str) -> threading.Event:
        """What is set each time `name` changes, until it is handed to `leave`."""
        changed = threading.Event()
        with self._lock:
            self._channels[name].followers.add(changed)
            self._open += 1
            if self._thread is None:
                # Started by the first stream, hence after fork and after gevent has patched.
                self._thread = threading.Thread(target=self._listen, name="live", daemon=True)
                self._thread.start()
        return changed

    def leave(self, name: str, changed: threading.Event) -> None:
        with self._lock:
            channel = self._channels[name]
            channel.followers.remove(changed)
            self._open -= 1
            if not channel.followers:
                del self._channels[name]

    def render_once(self, name: str, audience: object, render: Callable[[], str]) -> Section:
        """`render()`, or what it lately gave to this audience since `name`, which the caller follows, last changed."""
        with self._lock:
            channel = self._channels[name]
            lock = channel.locks.setdefault(audience, threading.Lock())
        with lock:
            version = channel.version
            kept = channel.sections.get(audience)
            if kept is None or kept.version != version or time.monotonic() - kept.rendered_at > KEPT:
                html = render()
                kept = Section(html, encode_event("html", html), version, time.monotonic())
                channel.sections[audience] = kept
            return kept

    def _listen(self) -> None:
        for topic in Listener(self._database):
            with self._lock:
                names = list(self._channels) if topic == MISSED else [topic] if topic in self._channels else []
                for name in names:
                    channel = self._channels[name]
                    channel.version += 1
                    for changed in channel.followers:
                        changed.set()


def live_blueprint(runtime: Runtime, hub: Hub) -> Blueprint:
    """The routes of the service's topics, whose streams `hub` feeds."""
    blueprint = Blueprint("live", __name__, url_prefix=f"/{runtime.service.name}/live")
    for number, topic in enumerate(runtime.service.topics):
        blueprint.add_url_rule(f"/{topic.path}", f"topic{number}", _view(runtime, hub, topic))
    return blueprint


def _view(runtime: Runtime, hub: Hub, topic: Topic) -> Callable[..., Response]:
    def render(who: Identity, arguments: dict[str, Any]) -> str:
        # What a page says of today is said anew each time.
        g.pop("now", None)
        with runtime.database.transaction(write=False) as reading:
            return topic.render(reading, who, **arguments)

    @allow(topic.permission)
    def view(**arguments: Any) -> Response:
        who, once = identity(), bool(request.args.get("once"))
        if not once and not hub.has_room():
            raise Unavailable("Too many live pages are open here; this one asks again now and then.", retry_after=30)
        # It took a connection to know who asks; from here on one is needed only while something is rendered.
        transaction().close()
        name, audience = topic.channel(**arguments), (topic.path, topic.audience(who))
        stream = _stream(hub, name, partial(hub.render_once, name, audience, partial(render, who, arguments)))
        # Here whoever may not see gets 404.
        first = next(stream)
        if once:
            stream.close()
            return Response(first, mimetype="text/html")
        return Response(
            stream_with_context(stream),
            mimetype="text/event-stream",
            headers={"X-Accel-Buffering": "no", "Cache-Control": "no-store"},
        )

    return view


def _stream(hub: Hub, name: str, render: Callable[[], Section]) -> Generator[bytes]:
    """The section's HTML as it is, then a stream of events: the same again and whatever it changes to."""
    changed = hub.follow(name)
    try:
        sent = render()
        yield sent.html.encode()
        # Those who came together don't all come back together.
        yield b"retry: %d\n\n" % _vary(3000)
        # As it is for all: a copy would stay with each for as long as the page is open.
        yield sent.event
        ends = time.monotonic() + _vary(LONGEST)
        while time.monotonic() < ends and not hub.closed:
            if not changed.wait(HEARTBEAT):
                yield b": still here\n\n"
                continue
            changed.clear()
            if hub.closed:
                return
            try:
                section = render()
            except (NotFound, *DATABASE_DOWN):
                # The page opens it again, and is told why it can't.
                return
            if section.html != sent.html:
                sent = section
                yield sent.event
                time.sleep(PACE)
    finally:
        hub.leave(name, changed)


def _vary(most: float) -> float:
    """Between half of it and all."""
    return random.uniform(most / 2, most)  # noqa: S311 - no secret


def encode_event(kind: str, data: str) -> bytes:
    """One server-sent event (HTML Living Standard, section 9.2.6)."""
    lines = "".join(f"data: {line}\n" for line in data.splitlines() or [""])
    return f"event: {kind}\n{lines}\n".encode()
