"""What notifications keeps of people, and what becomes of it when one of them is erased."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from services.notifications.database import Base
from services.notifications.events import ErasureDone
from services.notifications.messages.service import forget_messages_to
from shared.database.erasure import NO_ADDRESS, Owned, Plan, Whom, listen_for_erasures
from shared.database.history import ERASED


def forget_messages(session: Any, whom: Whom, _now: datetime) -> Mapping[str, int]:
    """Messages to them, which also say what was told to them."""
    return {"messages": forget_messages_to(session, whom.ids, whom.emails)}


PLAN = Plan(
    Base.metadata,
    owned={
        "known_people": Owned("id", {"name": ERASED, "email": NO_ADDRESS, "active": False, "time_zone": None}),
        "known_contacts": Owned(
            "id", {"name": ERASED, "email": None, "active": False, "may_mail": False, "time_zone": None}
        ),
        "known_campaigns": Owned("owner_id", {"owner_name": ERASED}),
    },
    kept={"known_organisations.name": "an organisation's name is nobody's"},
    named=frozenset(
        {"messages.recipient_name", "messages.recipient_email", "deliveries.person_name", "announcements.sent_by"}
    ),
    also=forget_messages,
)
ERASURES = listen_for_erasures(PLAN, lambda erasure_id, counts: ErasureDone(erasure_id, "notifications", dict(counts)))
