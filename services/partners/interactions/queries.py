"""Every SELECT on interactions. They are ours alone: policy.py gives them to staff."""

from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, date, datetime, time
from uuid import UUID

from sqlalchemy import Date, Select, func, select
from sqlalchemy.orm import Session

from services.partners.interactions.models import Interaction, LastContact, Participant
from services.partners.organisations.queries import get_organisation
from shared.database.paging import Page, fetch_page
from shared.errors import NotFound
from shared.identity import Identity


def get_interaction(session: Session, viewer: Identity, interaction_id: UUID) -> Interaction:
    """The interaction; raises `NotFound` if there is none, and for whoever is not of our staff."""
    found = session.get(Interaction, interaction_id)
    if found is None or not viewer.is_staff:
        raise NotFound
    return found


def find_interactions(
    session: Session, viewer: Identity, organisation_id: UUID, *, search: str = "", cursor: str | None, limit: int
) -> Page[Interaction]:
    """An organisation's interactions, the latest first, one page; `search` is a part of what was said."""
    get_organisation(session, viewer, organisation_id)
    found = select(Interaction).where(Interaction.organisation_id == organisation_id)
    if search:
        found = found.where(Interaction.summary.icontains(search, autoescape=True))
    return fetch_page(session, found, Interaction.at, Interaction.id, cursor=cursor, limit=limit)


def count_interactions(session: Session, organisation_id: UUID) -> int:
    return session.scalar(select(func.count()).where(Interaction.organisation_id == organisation_id)) or 0


def list_interactions_of(session: Session, contact_id: UUID, limit: int = 20) -> Sequence[Interaction]:
    """What a contact took part in, the latest first."""
    theirs = select(Participant.interaction_id).where(Participant.contact_id == contact_id)
    found = select(Interaction).where(Interaction.id.in_(theirs))
    return session.scalars(found.order_by(Interaction.at.desc(), Interaction.id.desc()).limit(limit)).all()


def select_silent(before: date, among: Select[UUID]) -> Select[UUID, date]:
    """(organisation's id, the day of the last contact) of those `among` them that nobody was in touch with since."""
    last = func.date(LastContact.at, type_=Date)
    day = datetime.combine(before, time(), UTC)
    found = select(LastContact.organisation_id, last)
    return found.where(LastContact.at < day, LastContact.organisation_id.in_(among))


def find_last_contacts(
    session: Session, organisation_ids: Collection[UUID], among: Select[UUID] | None = None
) -> Mapping[UUID, datetime]:
    """When we were last in touch with each of these organisations, in one query; only with those in `among`."""
    found = select(LastContact.organisation_id, LastContact.at).where(LastContact.organisation_id.in_(organisation_ids))
    if among is not None:
        found = found.where(LastContact.organisation_id.in_(among))
    return {row.organisation_id: row.at for row in session.execute(found)}


def find_last_contact(session: Session, organisation_id: UUID) -> LastContact | None:
    return session.scalar(select(LastContact).where(LastContact.organisation_id == organisation_id))


def find_latest_instant(session: Session, organisation_id: UUID) -> datetime | None:
    """When the latest interaction was."""
    found = select(Interaction.at).where(Interaction.organisation_id == organisation_id)
    return session.scalar(found.order_by(Interaction.at.desc(), Interaction.id.desc()).limit(1))
