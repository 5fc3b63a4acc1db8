"""Offering a version and answering it. Both sides accept exactly one version, and silence never accepts."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy.orm import Session

from services.partners.agreements.models import (
    Agreement,
    Answer,
    Reply,
    Side,
    State,
    Version,
    VersionState,
    digest_of,
)
from services.partners.agreements.queries import get_agreement, get_version, list_answers
from services.partners.agreements.service import telling
from services.partners.agreements.service.drafting import ANSWERING, close_version
from services.partners.agreements.service.lifecycle import put_in_force
from services.partners.agreements.terms import PARTS, find_gaps, load_terms
from services.partners.contacts.queries import find_liaison
from services.partners.organisations.queries import get_organisation
from shared.database.history import note
from shared.database.links import make_link
from shared.database.versions import require_version
from shared.errors import Conflict, Invalid
from shared.identity import Identity

#: For so long after the last day to answer, the link still shows what was offered.
READABLE = timedelta(days=30)


@dataclass(frozen=True)
class Said:
    """One side's answer: `capacity` is as what the person answers, `digest` that of the version they saw."""

    reply: Reply
    digest: str
    capacity: str
    comment: str = ""
    link_id: UUID | None = None


def offer_agreement(
    session: Session,
    by: Identity,
    agreement_id: UUID,
    seen_version: int,
    now: datetime,
    *,
    today: date,
    answer_by: date,
    words: str,
    links: str,
) -> Version:
    """Send the draft to the organisation's liaison, to be answered until the end of `answer_by`.

    `words` go along in the mail; `links` is the address that secret links begin with. From here on the version's
    terms stand. Raises `Stale`, `Conflict` when there is no draft or no liaison, `Invalid` when terms are missing.
    """
    agreement = get_agreement(session, by, agreement_id, lock=True)
    require_version(session, agreement, seen_version)
    version = get_version(session, by, agreement, agreement.latest)
    if version.state != VersionState.DRAFT:
        raise Conflict("Only a draft can be offered. Change the terms to make a new version.")
    if gaps := find_gaps(version.terms):
        raise Invalid({name: f"Fill in “{PARTS[name].label}” before you offer this." for name in gaps})
    if answer_by < today:
        raise Invalid({"answer_by": "Choose today or a later day."})
    liaison = find_liaison(session, agreement.organisation_id)
    if liaison is None or not liaison.email:
        raise Conflict("Name the organisation's liaison, with a mail address, before you offer them an agreement.")
    version.state, version.offered_at, version.answer_by = VersionState.OFFERED, now, answer_by
    version.digest = digest_of(agreement.id, version.number, agreement.title, version.terms)
    agreement.updated_at = now
    lasts = (answer_by - today) + READABLE
    secret = make_link(session, purpose=ANSWERING, subject_id=version.id, holder=liaison.holder, now=now, lasts=lasts)
    organisation = get_organisation(session, by, agreement.organisation_id)
    telling.tell_offer(session, by, agreement, version, organisation.name, liaison, words, links + secret, now + lasts)
    note(
        session, by, "offered the agreement", agreement.id, at=now, version=version.number, to=liaison.name,
        answer_by=answer_by.isoformat(),
    )  # fmt: skip
    session.flush()
    return version


def answer_for_us(
    session: Session, by: Identity, agreement_id: UUID, now: datetime, *, today: date, digest: str, capacity: str
) -> Version:
    """We accept the offered version; raises like `answer_for_partner`."""
    agreement = get_agreement(session, by, agreement_id, lock=True)
    version = get_version(session, by, agreement, agreement.latest)
    return _answer(session, by, agreement, version, Side.US, Said(Reply.ACCEPT, digest, capacity), now, today)


def answer_for_partner(
    session: Session, by: Identity, agreement_id: UUID, number: int, said: Said, now: datetime, *, today: date
) -> Version:
    """The partner accepts the offered version, asks for changes or declines.

    Raises `Conflict` when the version can't be answered (any more), or is not the one whose digest they saw, and
    `Invalid` when they ask for changes or decline without a word.
    """
    agreement = get_agreement(session, by, agreement_id, lock=True)
    version = get_version(session, by, agreement, number)
    if said.reply != Reply.ACCEPT and not said.comment:
        raise Invalid({"comment": "Say what should change, or why not: it goes to the person who made the offer."})
    return _answer(session, by, agreement, version, Side.PARTNER, said, now, today)


def _answer(
    session: Session,
    by: Identity,
    agreement: Agreement,
    version: Version,
    side: Side,
    said: Said,
    now: datetime,
    today: date,
) -> Version:
    _require_answerable(version, said.digest, today)
    before = list_answers(session, [version])
    if any(each.side == side and each.reply == Reply.ACCEPT for each in before):
        raise Conflict("Your side has accepted this version already.")
    session.add(
        Answer(
            created_at=now,
            version_id=version.id,
            side=side,
            reply=said.reply,
            comment=said.comment,
            digest=said.digest,
            person_id=by.person_id,
            person_name=by.name,
            capacity=said.capacity,
            link_id=said.link_id,
        )
    )
    agreement.updated_at = now
    told = {"version": version.number, "capacity": said.capacity, "comment": said.comment}
    note(session, by, _DONE[side, said.reply], agreement.id, at=now, **told)
    if said.reply == Reply.ACCEPT:
        if any(each.side != side and each.reply == Reply.ACCEPT for each in before):
            _conclude(session, by, agreement, version, now, today)
    else:
        asked = said.reply == Reply.ASK_FOR_CHANGES
        close_version(session, version, VersionState.CHANGES_ASKED if asked else VersionState.DECLINED, now)
    if side == Side.PARTNER:
        telling.tell_answer(session, by, agreement, version, said.reply, said.comment, now)
    session.flush()
    return version


def _require_answerable(version: Version, digest: str, today: date) -> None:
    if version.state != VersionState.OFFERED:
        raise Conflict("This version can't be answered any more. Open the agreement to see where it stands.")
    if version.answer_by is not None and version.answer_by < today:
        raise Conflict("The time to answer is over. Ask for a new offer.")
    if version.digest != digest:
        raise Conflict("These are not the terms that you looked at. Read them again, then answer.")


def _conclude(
    session: Session, by: Identity, agreement: Agreement, version: Version, now: datetime, today: date
) -> None:
    """Both sides have accepted: from now on, or from its first day, this version holds."""
    version.state, version.closed_at = VersionState.ACCEPTED, now
    if agreement.agreed is not None:
        former = get_version(session, by, agreement, agreement.agreed)
        former.state = VersionState.SUPERSEDED
    dates = load_terms(version.terms)["dates"]
    agreement.agreed, agreement.starts_on, agreement.ends_on = version.number, dates["starts_on"], dates["ends_on"]
    if agreement.state == State.IN_FORCE or agreement.starts_on is None or agreement.starts_on <= today:
        put_in_force(session, by, agreement, version, now)
    else:
        agreement.state = State.AGREED
    telling.tell_conclusion(session, agreement, version, now)


_DONE = {
    (Side.US, Reply.ACCEPT): "accepted the agreement for us",
    (Side.PARTNER, Reply.ACCEPT): "accepted the agreement for the partner",
    (Side.PARTNER, Reply.ASK_FOR_CHANGES): "asked for changes",
    (Side.PARTNER, Reply.DECLINE): "declined the agreement",
}
