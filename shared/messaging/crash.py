"""Named points at which a test can have the process killed, to prove that nothing is lost or done twice
there.

`SAYPRO_CRASH_AT=consumer.before_commit` kills at the first pass, `...:3` at the third. Unset, a point
costs one comparison. The kill is SIGKILL: no handler runs, no buffer is flushed.
"""

import os
import signal
import threading

POINTS = frozenset(
    {
        "outbox.before_commit",
        "outbox.after_commit",
        "relay.before_publish",
        "relay.after_publish",
        "relay.after_confirm",
        "relay.before_delete",
        "relay.after_delete",
        "consumer.before_commit",
        "consumer.after_commit",
        "consumer.after_ack",
        "retry.before_commit",
        "retry.after_commit",
        "job.before_commit",
        "job.after_commit",
    }
)

_name, _, _count = os.environ.get("SAYPRO_CRASH_AT", "").partition(":")
if _name and _name not in POINTS:
    raise ValueError(f"SAYPRO_CRASH_AT names no crash point: {_name}")
_left = int(_count or 1)
_lock = threading.Lock()


def crash_point(name: str) -> None:
    """Kill this process here if the environment asks for it."""
    if name == _name:
        _count_down()


def _count_down() -> None:
    global _left  # noqa: PLW0603 - one process, one countdown
    with _lock:
        _left -= 1
        if _left <= 0:
            os.kill(os.getpid(), signal.SIGKILL)
