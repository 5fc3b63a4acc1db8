"""What the demo's people show to everybody: one page of the clean-up, for the web sites of two partners."""

from datetime import datetime
from typing import Any
from uuid import UUID

from services.metrics.sharing.service import change_page, make_page
from shared.identity import Identity

INTRO = (
    "Thirty kilometres of shoreline between the harbour and the river mouth, kept clean together.\n"
    "What we count is weighed, and shown here once somebody has checked it."
)


def tell_sharing(session: Any, by: Identity, campaign_id: UUID, at: datetime, now: datetime) -> None:
    """A page that was made with one KPI, and shows two since the hours are checked every week."""
    made = make_page(
        session, by, campaign_id, at, heading="How clean is our coast?", intro=INTRO, kpis=["waste_removed"],
        embedding="listed", origins=["https://tablebay.example.org", "https://peninsulaparks.example.org"],
    )  # fmt: skip
    page = made.page
    kpis = ["waste_removed", "volunteer_hours"]
    change_page(session, by, campaign_id, page.id, page.version, now, kpis=kpis)
