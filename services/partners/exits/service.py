"""Use cases: an organisation takes along what it contributed. People ask for it, the worker makes it."""

from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import delete
from sqlalchemy.orm import Session

from services.partners.contacts.queries import find_liaison
from services.partners.exits.models import EXPIRED, FAILED, GONE, READY, ExitPack, ExitPiece
from services.partners.exits.packing import assemble, gather_part
from services.partners.exits.parts import PARTS, Draw, Reading
from services.partners.exits.queries import claim_pack, find_building, get_pack, list_packs, list_pieces, lock_ended
from services.partners.mails import Action, request_mail
from services.partners.organisations.queries import get_organisation, lock_organisation
from shared.clock import new_id
from shared.database.history import note
from shared.database.links import make_link
from shared.database.retries import attempt
from shared.errors import Conflict
from shared.files import FileStore, StoredFile
from shared.identity import LIAISON, SYSTEM, Identity
from shared.messaging.wake import announce

PURPOSE = "exit.pack"
#: How long a link leads anywhere, and how long a pack can be taken.
LINK_LASTS, PACK_LASTS = timedelta(days=30), timedelta(days=14)


def topic_of(organisation_id: UUID) -> str:
    """The live topic that tells how far an organisation's packs are."""
    return f"exits:{organisation_id}"


def ask_pack(session: Session, by: Identity, organisation_id: UUID, now: datetime) -> ExitPack:
    """Have a pack made; while one is being made, it is that one. It takes the place of any that failed."""
    get_organisation(session, by, organisation_id)
    lock_organisation(session, organisation_id)
    if (under_way := find_building(session, organisation_id)) is not None:
        return under_way
    for failed in list_packs(session, by, organisation_id):
        if failed.state == FAILED:
            failed.state, failed.updated_at = EXPIRED, now
    pack = ExitPack(organisation_id=organisation_id, created_at=now, updated_at=now)
    session.add(pack)
    session.flush()
    note(session, by, "asked for the exit pack", organisation_id, at=now)
    announce(session, topic_of(organisation_id))
    return pack


def take_pack(session: Session, by: Identity, pack_id: UUID, now: datetime) -> StoredFile:
    """The pack's file, for whoever may have it; the history says who took it."""
    pack = get_pack(session, by, pack_id)
    if pack.state != READY or pack.sha256 is None or pack.size is None or (pack.expires_at or now) <= now:
        raise Conflict("This pack is not there to be taken: it is being made, or its time is over. Ask for a new one.")
    name = get_organisation(session, by, pack.organisation_id).name
    note(session, by, "took the exit pack", pack.organisation_id, at=now)
    return StoredFile(f"{name} {pack.created_at.date().isoformat()}.zip", "application/zip", pack.size, pack.sha256)


def send_link(session: Session, by: Identity, organisation_id: UUID, now: datetime, links: str) -> None:
    """Mail the liaison a link of their own; `links` is where such links lead, ending in a slash.

    Raises `Conflict` where there is no liaison with an e-mail address.
    """
    organisation = get_organisation(session, by, organisation_id)
    liaison = find_liaison(session, organisation_id)
    if liaison is None or liaison.email is None:
        raise Conflict("There is no liaison with an e-mail address. Name one under Contacts first.")
    secret = make_link(
        session, purpose=PURPOSE, subject_id=organisation_id, holder=liaison.holder, now=now, lasts=LINK_LASTS
    )
    request_mail(
        session,
        liaison.addressee,
        f"What {organisation.name} contributed, to take along",
        [
            "All that your organisation gave us is yours to keep: what you reported, agreed to, promised and sent.",
            "The link below is yours alone. There you have it gathered into one file and download it.",
        ],
        now,
        about=organisation_id,
        because=f"You are the liaison of {organisation.name}.",
        reply_to=by.email,
        action=Action("Take it along", links + secret, now + LINK_LASTS),
    )
    note(session, by, "mailed a link to the exit pack", organisation_id, at=now, name=liaison.name)


def gather_packs(
    files: FileStore, draw: Draw, explain: Callable[[str, datetime, list[str]], str]
) -> Callable[[Session, datetime], bool]:
    """A due job: gathers the next part of the pack that has waited longest; True if there is more to do.

    `draw` makes the PDF of an agreement's version, `explain` the README.txt of a pack of that name.
    """

    def go_on(session: Session, pack: ExitPack, now: datetime) -> None:
        viewer = _act_for(pack, now)
        if pack.progress < len(PARTS):
            reading = Reading(session, viewer, pack.organisation_id, now)
            session.add(gather_part(files, pack.id, pack.progress, PARTS[pack.progress], reading, draw))
            pack.progress += 1
            return
        name = get_organisation(session, viewer, pack.organisation_id).name
        pieces = list_pieces(session, pack.id)
        blob = assemble(files, pack.id, pieces, lambda missing: explain(name, now, missing))
        pack.sha256, pack.size, pack.state = blob.sha256, blob.size, READY
        pack.ready_at, pack.expires_at = now, now + PACK_LASTS

    def gather(session: Session, now: datetime) -> bool:
        pack = claim_pack(session, now)
        if pack is None:
            return False
        failure = attempt(session, pack, now, lambda: go_on(session, pack, now))
        if failure is not None:
            pack.state, pack.problem, pack.expires_at = FAILED, failure, now + PACK_LASTS
            note(session, None, "gave the exit pack up", pack.organisation_id, at=now)
        pack.updated_at = now
        session.flush()
        announce(session, topic_of(pack.organisation_id))
        return True

    return gather


def clear_packs(files: FileStore) -> Callable[[Session, datetime], bool]:
    """A due job: takes packs whose time is over out of the list and out of the store."""

    def clear(session: Session, now: datetime) -> bool:
        packs = lock_ended(session, now, 10)
        for pack in packs:
            for piece in list_pieces(session, pack.id):
                files.remove(piece.sha256)
            session.execute(delete(ExitPiece).where(ExitPiece.pack_id == pack.id))
            if pack.sha256:
                files.remove(pack.sha256)
            pack.state, pack.sha256, pack.updated_at = GONE, None, now
            announce(session, topic_of(pack.organisation_id))
        session.flush()
        return len(packs) == 10

    return clear


def end_packs(session: Session, organisation_id: UUID, now: datetime) -> int:
    """Let no pack of the organisation be taken or made any more, as when someone in it was erased; returns how many."""
    found = list_packs(session, SYSTEM, organisation_id)
    for pack in found:
        pack.state, pack.updated_at = EXPIRED, now
    session.flush()
    return len(found)


def _act_for(pack: ExitPack, now: datetime) -> Identity:
    """A liaison of the organisation, so that a pack holds what they may see and nothing else."""
    return Identity(
        person_id=new_id(), name="", email="", role=LIAISON, organisation_id=pack.organisation_id,
        token_id=pack.id, issued_at=now, expires_at=now + timedelta(minutes=1),
    )  # fmt: skip
