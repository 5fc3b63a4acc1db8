"""Every SELECT on hand-overs, and what is open at the moment of one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.partners.attention import Signal
from services.partners.handovers.models import Handover
from services.partners.organisations.queries import get_organisation
from services.partners.promises.queries import list_open_promises_of
from services.partners.relationships.queries import gather_signals
from services.partners.signals import SOURCES
from shared.database.links import ScopedLink, list_links
from shared.identity import Identity

if TYPE_CHECKING:
    from services.partners.promises.models import Promise


@dataclass(frozen=True)
class OpenThings:
    """What the liaison has under way: their promises, the links they can act from, and what waits between us."""

    promises: "Sequence[Promise]"
    links: Sequence[ScopedLink]
    signals: Sequence[Signal]


def list_handovers(session: Session, viewer: Identity, organisation_id: UUID) -> Sequence[Handover]:
    """The organisation's hand-overs, newest first; raises `NotFound` if the viewer may not see it."""
    get_organisation(session, viewer, organisation_id)
    found = select(Handover).where(Handover.organisation_id == organisation_id)
    return session.scalars(found.order_by(Handover.id.desc())).all()


def list_open_things(
    session: Session, organisation_id: UUID, contact_id: UUID, now: datetime, today: date
) -> OpenThings:
    """What a hand-over from this contact takes along."""
    signals: Mapping[UUID, Sequence[Signal]] = gather_signals(session, SOURCES, [organisation_id], today)
    return OpenThings(
        list_open_promises_of(session, contact_id),
        list_links(session, now, holder_id=contact_id),
        signals[organisation_id],
    )
