"""What people did with opportunities, in the reader's words."""

from collections.abc import Iterable
from datetime import date
from typing import Any
from uuid import UUID

from flask_babel import lazy_gettext as _l

from services.partners.known.queries import name_campaigns
from services.partners.opportunities.schemas import STAGE_NAMES, OpportunitySchema
from services.partners.people.queries import name_people
from shared.database.history import HistoryEntry
from shared.web import history
from shared.web.filters import format_date

ACTIONS = {
    "had the idea": _l("had the idea"),
    "changed the opportunity": _l("changed the details"),
    "moved the opportunity": _l("moved it"),
}


def tell_history(session: Any, entries: Iterable[HistoryEntry]) -> list[history.HistoryLine]:
    """The entries with fields, stages, people and days as a person reads them, in two queries."""
    entries = list(entries)
    told = [values for each in entries for values in (each.detail.get("before", {}), each.detail.get("after", {}))]
    people = name_people(session, {UUID(each["owner_id"]) for each in told if each.get("owner_id")})
    campaigns = name_campaigns(session, {UUID(each["campaign_id"]) for each in told if each.get("campaign_id")})
    labels = {name: field.metadata["label"] for name, field in OpportunitySchema().load_fields.items()}

    def read_day(value: Any) -> str:
        return format_date(date.fromisoformat(value))

    values = {
        "stage": lambda value: str(STAGE_NAMES[value]),
        "owner_id": lambda value: people.get(UUID(value), ""),
        "campaign_id": lambda value: campaigns.get(UUID(value), ""),
        "step_due_on": read_day,
        "expected_on": read_day,
    }
    return history.tell_history(entries, ACTIONS, {**labels, "stage": _l("Stage"), "reason": _l("Why")}, values)
