"""Every SELECT on exit packs. A liaison finds their own organisation's."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.partners.exits.models import BUILDING, EXPIRED, FAILED, READY, ExitPack, ExitPiece
from services.partners.organisations.queries import get_organisation
from shared.database.retries import is_due
from shared.errors import NotFound
from shared.identity import Identity


def get_pack(session: Session, viewer: Identity, pack_id: UUID) -> ExitPack:
    """The pack; raises `NotFound` if there is none or the viewer may not see it."""
    found = session.get(ExitPack, pack_id)
    if found is None or not viewer.may_see(found.organisation_id):
        raise NotFound
    return found


def list_packs(session: Session, viewer: Identity, organisation_id: UUID) -> Sequence[ExitPack]:
    """The organisation's packs that are being gathered, can be taken or failed, newest first."""
    get_organisation(session, viewer, organisation_id)
    shown = ExitPack.state.in_([BUILDING, READY, FAILED])
    found = select(ExitPack).where(ExitPack.organisation_id == organisation_id, shown)
    return session.scalars(found.order_by(ExitPack.id.desc())).all()


def find_building(session: Session, organisation_id: UUID) -> ExitPack | None:
    """The organisation's pack that is being gathered, if one is."""
    found = select(ExitPack).where(ExitPack.organisation_id == organisation_id, ExitPack.state == BUILDING)
    return session.scalar(found.limit(1))


def claim_pack(session: Session, now: datetime) -> ExitPack | None:
    """The pack that has waited longest for the worker and may be tried now, locked."""
    due = select(ExitPack).where(ExitPack.state == BUILDING, is_due(ExitPack, now))
    found = due.order_by(ExitPack.updated_at).limit(1)
    return session.scalar(found.with_for_update(skip_locked=True))


def lock_ended(session: Session, now: datetime, limit: int) -> Sequence[ExitPack]:
    """Packs whose time is over and whose content is still in the store, locked."""
    over = (ExitPack.state == EXPIRED) | (ExitPack.state.in_([READY, FAILED]) & (ExitPack.expires_at <= now))
    return session.scalars(select(ExitPack).where(over).limit(limit).with_for_update(skip_locked=True)).all()


def list_pieces(session: Session, pack_id: UUID) -> Sequence[ExitPiece]:
    """What is gathered of a pack, in its order."""
    return session.scalars(select(ExitPiece).where(ExitPiece.pack_id == pack_id).order_by(ExitPiece.position)).all()
