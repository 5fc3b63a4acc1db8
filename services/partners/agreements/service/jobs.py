"""What the worker does about agreements by the clock."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, timedelta
from functools import partial

from sqlalchemy.orm import Session

from services.partners.agreements.service import lifecycle
from services.partners.agreements.service.drafting import LINKS
from services.partners.settings import PartnersSettings
from shared.messaging.jobs import DueJob, dated

#: Days turn at midnight where the installation is; nobody needs to know sooner than this.
PACE = timedelta(minutes=10)


def agreement_jobs(settings: PartnersSettings) -> Sequence[DueJob]:
    """Offers lapse and are reminded of, agreements begin and end, and their ends are told ahead."""
    jobs: Mapping[str, Callable[[Session, datetime, date], bool]] = {
        "agreements.remind": partial(lifecycle.remind_of_offers, links=settings.base_url + LINKS),
        "agreements.lapse": lifecycle.lapse_offers,
        "agreements.turn": lifecycle.turn_pages,
        "agreements.tell_ends": lifecycle.tell_coming_ends,
    }
    return [DueJob(name, PACE, dated(run, settings.time_zone)) for name, run in jobs.items()]
