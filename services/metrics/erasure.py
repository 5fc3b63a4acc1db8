"""What metrics keeps of people, and what becomes of it when one of them is erased."""

from services.metrics.database import Base
from services.metrics.events import ErasureDone
from shared.database.erasure import Plan, listen_for_erasures

PLAN = Plan(
    Base.metadata,
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
        }
    ),
)
ERASURES = listen_for_erasures(PLAN, lambda erasure_id, counts: ErasureDone(erasure_id, "metrics", dict(counts)))
