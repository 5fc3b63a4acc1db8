"""The shared dashboard for programs."""

from typing import Any
from uuid import UUID

from services.metrics.dashboard.queries import read_board
from services.metrics.dashboard.schemas import BoardQuery, BoardSchema
from services.metrics.measurements.queries.totals import Selection
from shared.web.api import Blueprint
from shared.web.context import identity, now, session
from shared.web.policy import allow

api = Blueprint(
    "dashboard_api",
    __name__,
    url_prefix="/metrics/api/v1/campaigns/<uuid:campaign_id>/dashboard",
    description="How a campaign's KPIs stand",
)


@api.get("")
@allow("dashboard.read")
@api.arguments(BoardQuery, location="query")
@api.response(200, BoardSchema)
def show_dashboard(wanted: dict[str, Any], campaign_id: UUID) -> Any:
    """Every KPI with its exact sums, its status, its partners' shares and its months."""
    return read_board(session(), identity(), campaign_id, now().date(), Selection(**wanted))
