"""What metrics keeps of people, and what becomes of it when one of them is erased."""

from services.metrics.database import Base
from services.metrics.events import ErasureDone
from shared.database.erasure import Owned, Plan, listen_for_erasures
from shared.database.history import ERASED

PLAN = Plan(
    Base.metadata,
    owned={"liaisons": Owned("id", {"name": ERASED, "email": None, "locale": "en", "time_zone": None})},
    kept={"organisations.name": "an organisation's name is nobody's"},
    named=frozenset(
        {
            "measurements.decided_by",
            "target_changes.person_name",
            "target_signatures.person_name",
            "month_locks.person_name",
            "restatements.person_name",
            "figure_flags.closed_by",
            "joint_claims.person_name",
            "figure_verdicts.person_name",
            "report_readings.person_name",
            "exchange_files.person_name",
            "public_pages.person_name",
            "contributions.decided_by",
            "stories.decided_by",
        }
    ),
)
ERASURES = listen_for_erasures(PLAN, lambda erasure_id, counts: ErasureDone(erasure_id, "metrics", dict(counts)))
