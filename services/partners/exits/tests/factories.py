"""Exit packs for tests."""

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from services.partners.exits.models import ExitPack
from services.partners.exits.service import LINK_LASTS, PURPOSE, ask_pack, gather_packs
from services.partners.exits.words import explain_pack
from shared.clock import utc_now
from shared.database.links import LinkHolder, make_link
from shared.files import FileStore
from shared.testing.people import make_identity


def draw(*_of: Any) -> bytes:
    """An agreement's PDF, without the second that drawing one takes."""
    return b"%PDF-1.7 drawn"


def gather(session: Session, files: FileStore, *, most: int = 1000) -> int:
    """Do what the worker has to do, in at most so many steps; returns in how many."""
    work, times = gather_packs(files, draw, explain_pack), 0
    session.expire_all()
    while times < most and work(session, utc_now()):
        times += 1
    return times


def make_pack(session: Session, files: FileStore, organisation_id: Any, by: Any = None) -> ExitPack:
    """A pack that is ready."""
    pack = ask_pack(session, by or make_identity(), organisation_id, utc_now())
    gather(session, files)
    return pack


def make_exit_samples(
    session: Session, files: FileStore, contact: Any, now: datetime
) -> tuple[dict[str, Any], dict[str, str]]:
    """For tests/samples.py: a pack that is ready, and a link."""
    pack = make_pack(session, files, contact.organisation_id, make_identity(name="Quagga Naidoo"))
    holder = LinkHolder(contact.id, contact.name, contact.email, contact.organisation_id)
    secret = make_link(
        session, purpose=PURPOSE, subject_id=contact.organisation_id, holder=holder, now=now, lasts=LINK_LASTS
    )
    return {"pack_id": pack.id}, {PURPOSE: secret}
