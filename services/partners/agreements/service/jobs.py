"""What the worker does about agreements by the clock."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from services.partners.agreements.service import lifecycle
from services.partners.agreements.service.drafting import LINKS
from services.partners.settings import PartnersSettings
from shared.messaging.jobs import DueJob

#: Days turn at midnight where the installation is; nobody needs to know sooner than this.
PACE = timedelta(minutes=10)


def agreement_jobs(settings: PartnersSettings) -> Sequence[DueJob]:
    """Offers lapse and are reminded of, agreements begin and end, and their ends are told ahead."""
    zone, links = ZoneInfo(settings.time_zone), settings.base_url + LINKS

    def remind(session: Session, now: datetime) -> bool:
        return lifecycle.remind_of_offers(session, now, now.astimezone(zone).date(), links)

    def lapse(session: Session, now: datetime) -> bool:
        return lifecycle.lapse_offers(session, now, now.astimezone(zone).date())

    def turn(session: Session, now: datetime) -> bool:
        return lifecycle.turn_pages(session, now, now.astimezone(zone).date())

    def tell(session: Session, now: datetime) -> bool:
        return lifecycle.tell_coming_ends(session, now, now.astimezone(zone).date())

    return (
        DueJob("agreements.remind", PACE, remind),
        DueJob("agreements.lapse", PACE, lapse),
        DueJob("agreements.turn", PACE, turn),
        DueJob("agreements.tell_ends", PACE, tell),
    )
