"""The optimistic lock as people meet it: who changed what since they looked."""

from typing import Any

from sqlalchemy.orm import Session

from shared.database.engine import Edited
from shared.database.history import list_history
from shared.errors import Stale


def require_version(session: Session, thing: Edited, seen: int) -> None:
    """Raise `Stale`, naming who changed `thing` last, unless it is still the version that the caller saw."""
    if thing.version == seen:
        return
    last = next(iter(list_history(session, thing.id, limit=1)), None)
    who = f"{last.person_name} {last.action}" if last else "Someone changed it"
    extra: dict[str, Any] = {"current_version": thing.version, "your_version": seen}
    raise Stale(f"{who} since you opened this. Look at what is there now, then send your change again.", **extra)
