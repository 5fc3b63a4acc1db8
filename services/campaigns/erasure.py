"""What campaigns keeps of people, and what becomes of it when one of them is erased."""

from services.campaigns.database import Base
from services.campaigns.events import ErasureDone
from shared.database.erasure import Owned, Plan, listen_for_erasures
from shared.database.history import ERASED

NO_PERSON = "an organisation's name is nobody's"
PLAN = Plan(
    Base.metadata,
    owned={
        "campaigns": Owned("owner_id", {"owner_name": ERASED}),
        "known_people": Owned("id", {"name": ERASED, "active": False}),
    },
    kept={"known_organisations.name": NO_PERSON, "known_organisations.sort_name": NO_PERSON},
)
ERASURES = listen_for_erasures(PLAN, lambda erasure_id, counts: ErasureDone(erasure_id, "campaigns", dict(counts)))
