"""Use cases: telling an organisation what its figures were used for, by hand and when a target is reached."""

from collections.abc import Collection
from datetime import date, datetime
from typing import TYPE_CHECKING
from uuid import UUID

from flask_babel import gettext as _
from sqlalchemy.orm import Session

from services.partners.organisations.queries import find_survivor, get_organisation, name_organisations
from services.partners.reciprocity.models import FigureUse, Use
from services.partners.reciprocity.queries import get_use, list_told
from services.partners.submissions.service.answering import News, get_told, tell_liaison
from shared.database.history import note
from shared.errors import Conflict, Invalid
from shared.identity import Identity
from shared.markdown import escape

if TYPE_CHECKING:
    from services.partners.contacts.models import Contact


def tell_use(
    session: Session,
    by: Identity,
    organisation_id: UUID,
    now: datetime,
    today: date,
    base_url: str,
    *,
    use: str,
    title: str,
    used_on: date,
    text: str = "",
    address: str | None = None,
    campaign_id: UUID | None = None,
    mail: bool = False,
) -> FigureUse:
    """Write down what the organisation's figures were used for; with `mail` its liaison is mailed.

    Raises `Invalid` for a day that is yet to come, `Conflict` where a mail is asked for and no liaison has an address.
    """
    get_organisation(session, by, organisation_id)
    if used_on > today:
        raise Invalid({"used_on": "This day is yet to come. Write it down once it was used."})
    liaison: Contact | None = get_told(session, organisation_id) if mail else None
    made = FigureUse(
        organisation_id=organisation_id, use=use, title=title, text=text, used_on=used_on, address=address,
        campaign_id=campaign_id, person_id=by.person_id, created_at=now,
    )  # fmt: skip
    session.add(made)
    session.flush()
    note(session, by, "told what its figures were used for", organisation_id, at=now, use=title)
    if liaison is not None:
        lead = _("Thank you for reporting. This came of it: %(title)s", title=title)
        body = "\n\n".join(filter(None, [text, escape(address) if address else ""]))
        news = News(made.id, _("What your figures were used for"), lead, body)
        tell_liaison(session, liaison, news, now, base_url)
    return made


def withdraw_use(session: Session, by: Identity, use_id: UUID, now: datetime) -> FigureUse:
    """Take it back: the organisation doesn't see it any more. Raises `Conflict` if that was done already."""
    found = get_use(session, by, use_id)
    if found.withdrawn_at is not None:
        raise Conflict("This was taken back already.")
    found.withdrawn_at = now
    session.flush()
    note(session, by, "took back what its figures were used for", found.organisation_id, at=now, use=found.title)
    return found


def keep_reached_target(
    session: Session,
    organisation_ids: Collection[UUID],
    now: datetime,
    *,
    kpi_id: UUID,
    campaign_id: UUID,
    name: str,
    unit: str,
    target: str,
    reached_at: datetime,
) -> int:
    """Tell each of the organisations that its figures helped to reach this target, once; returns how many were told.

    One that was merged is told as the one it was merged into, and one that isn't known here is left out.
    """
    survivors = {find_survivor(session, each) or each for each in organisation_ids}
    source = f"{kpi_id}:{target}"
    untold = set(name_organisations(session, list(survivors))) - set(list_told(session, survivors, source))
    details = {
        "use": Use.TARGET, "title": f"{name[:120]}: {target} {unit}"[:200], "used_on": reached_at.date(),
        "campaign_id": campaign_id, "source": source, "created_at": now,
    }  # fmt: skip
    session.add_all(FigureUse(organisation_id=each, **details) for each in sorted(untold))
    session.flush()
    return len(untold)
