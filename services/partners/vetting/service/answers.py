"""Use cases of a running vetting: starting it, declaring one's interests, answering items, keeping evidence."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy.orm import Session

from services.partners.organisations.queries import get_organisation, lock_organisation
from services.partners.vetting.models import (
    ACCEPTED,
    MET,
    RECEIVED,
    SET_ASIDE,
    Answer,
    Declaration,
    Evidence,
    Vetting,
)
from services.partners.vetting.queries import (
    find_in_force,
    find_running,
    get_answer,
    get_evidence,
    lock_vetting,
)
from services.partners.vetting.service.checklists import read_checklist
from shared.database.history import note
from shared.database.versions import require_version
from shared.errors import Conflict, Invalid, NotFound
from shared.files import StoredFile
from shared.identity import Identity

DECLARE_FIRST = "Say first whether you have an interest of your own in this organisation."
DECIDED = "This vetting is decided. Start a new one to look again."


def start_vetting(session: Session, by: Identity, organisation_id: UUID, now: datetime) -> Vetting:
    """A new vetting by the checklist in use; raises `Conflict` while one runs."""
    if not by.is_staff:
        raise NotFound
    get_organisation(session, by, organisation_id)
    return open_vetting(session, by, organisation_id, now)


def open_vetting(session: Session, by: Identity | None, organisation_id: UUID, now: datetime) -> Vetting:
    """The same by a person or, with None, by the clock. Papers of the last one that are still good come along."""
    lock_organisation(session, organisation_id)
    if find_running(session, organisation_id) is not None:
        raise Conflict("A vetting of this organisation is running already. Go on with that one.")
    number, items = read_checklist(session)
    vetting = Vetting(
        organisation_id=organisation_id, checklist=number, started_by=by.person_id if by else None,
        in_force=False, created_at=now, updated_at=now,
    )  # fmt: skip
    vetting.answers = [
        Answer(position=position, created_at=now, updated_at=now, evidence=[], **each)
        for position, each in enumerate(items)
    ]
    vetting.declarations = []
    session.add(vetting)
    session.flush()
    former = find_in_force(session, organisation_id)
    if former is not None:
        _bring_along(session, former, vetting, now.date())
    note(session, by, "started the vetting", vetting.id, at=now)
    note(session, by, "started a vetting", organisation_id, at=now)
    return vetting


def declare_interests(
    session: Session, by: Identity, vetting_id: UUID, now: datetime, *, conflict: bool, description: str
) -> Declaration:
    """What `by` says of their own interests. A conflict that was declared stays declared for this vetting."""
    vetting = lock_vetting(session, by, vetting_id)
    require_running(vetting)
    if conflict and not description:
        raise Invalid({"description": "Describe the interest in a sentence, so that others can judge it."})
    if not conflict and vetting.has_conflict(by.person_id):
        raise Conflict("You declared an interest in this vetting; that stays. You can describe more of it.")
    made = Declaration(vetting_id=vetting.id, person_id=by.person_id, conflict=conflict,
                       description=description, created_at=now)  # fmt: skip
    vetting.declarations.append(made)
    session.flush()
    note(session, by, "declared a conflict of interest" if conflict else "declared no conflict of interest",
         vetting.id, at=now)  # fmt: skip
    return made


def answer_item(
    session: Session, by: Identity, answer_id: UUID, seen_version: int, now: datetime, *, verdict: str, note_text: str
) -> Answer:
    """What `by` found on one item. Raises `Invalid` where words are missing, `Conflict` before they declared."""
    answer = get_answer(session, by, answer_id)
    vetting = lock_vetting(session, by, answer.vetting_id)
    require_running(vetting)
    require_declared(vetting, by)
    require_version(session, answer, seen_version)
    if verdict != MET and not note_text:
        raise Invalid({"note": "Say why, so that whoever decides can follow."})
    answer.verdict, answer.note = verdict, note_text
    answer.answered_by, answer.answered_at, answer.updated_at = by.person_id, now, now
    _touch(vetting, now)
    session.flush()
    note(session, by, "answered an item", vetting.id, at=now, item=answer.label, verdict=verdict)
    note(session, by, "answered it", answer.id, at=now, verdict=verdict, note=note_text)
    return answer


def add_evidence(
    session: Session, by: Identity, answer_id: UUID, file: StoredFile, now: datetime, *, expires_on: date | None
) -> Evidence:
    """A paper that one of us adds; it counts at once. `expires_on` is the last day on which it is good."""
    answer = get_answer(session, by, answer_id)
    vetting = lock_vetting(session, by, answer.vetting_id)
    require_running(vetting)
    require_declared(vetting, by)
    require_future(expires_on, now)
    evidence = keep_paper(session, answer, file, by.person_id, now, expires_on=expires_on, from_partner=False)
    evidence.checked_by, evidence.checked_at = by.person_id, now
    _touch(vetting, now)
    session.flush()
    note(session, by, "added evidence", vetting.id, at=now, item=answer.label, file=file.name)
    return evidence


def check_evidence(
    session: Session,
    by: Identity,
    evidence_id: UUID,
    now: datetime,
    *,
    good: bool,
    expires_on: date | None,
    reason: str,
) -> Evidence:
    """Look at a paper: it counts, until `expires_on`, or is set aside for `reason`. It is kept either way."""
    evidence = get_evidence(session, by, evidence_id)
    answer = get_answer(session, by, evidence.answer_id)
    vetting = lock_vetting(session, by, answer.vetting_id)
    require_running(vetting)
    require_declared(vetting, by)
    if good:
        require_future(expires_on, now)
    elif not reason:
        raise Invalid({"reason": "Say why it can't be used."})
    evidence.state = ACCEPTED if good else SET_ASIDE
    evidence.expires_on, evidence.reason = (expires_on, "") if good else (evidence.expires_on, reason)
    evidence.checked_by, evidence.checked_at = by.person_id, now
    _touch(vetting, now)
    session.flush()
    note(session, by, "accepted evidence" if good else "set evidence aside", vetting.id, at=now,
         item=answer.label, file=evidence.file_name, reason=reason)  # fmt: skip
    return evidence


def keep_paper(
    session: Session, answer: Answer, file: StoredFile, sent_by: UUID, now: datetime, *,
    expires_on: date | None, from_partner: bool,
) -> Evidence:  # fmt: skip
    """The row of a paper; one that a partner sent waits to be looked at."""
    evidence = Evidence(answer_id=answer.id, sent_by=sent_by, from_partner=from_partner, expires_on=expires_on,
                        state=RECEIVED if from_partner else ACCEPTED, created_at=now)  # fmt: skip
    evidence.set_file(file)
    answer.evidence.insert(0, evidence)
    session.flush()
    return evidence


def require_running(vetting: Vetting) -> None:
    if not vetting.running:
        raise Conflict(DECIDED)


def require_declared(vetting: Vetting, by: Identity) -> None:
    if not vetting.has_declared(by.person_id):
        raise Conflict(DECLARE_FIRST)


def require_future(expires_on: date | None, now: datetime) -> None:
    if expires_on is not None and expires_on < now.date():
        raise Invalid({"expires_on": "This day is over: the paper is no longer good."})


def _touch(vetting: Vetting, now: datetime) -> None:
    """Whoever decides has to have seen this."""
    vetting.updated_at = now


def _bring_along(session: Session, former: Vetting, vetting: Vetting, today: date) -> None:
    """Papers with a date that is still to come need not be asked for again."""
    known = {each.key: each for each in former.answers}
    for answer in vetting.answers:
        for paper in reversed(known[answer.key].evidence if answer.key in known else []):
            if paper.state == ACCEPTED and paper.expires_on is not None and paper.expires_on > today:
                copy = Evidence(answer_id=answer.id, sent_by=paper.sent_by, from_partner=paper.from_partner,
                                expires_on=paper.expires_on, state=ACCEPTED, checked_by=paper.checked_by,
                                checked_at=paper.checked_at, created_at=paper.created_at)  # fmt: skip
                copy.set_file(paper.file)
                answer.evidence.insert(0, copy)
    session.flush()
