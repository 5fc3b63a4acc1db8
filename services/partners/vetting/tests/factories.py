"""Vettings for tests."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from services.partners.vetting.models import MET, PaperRequest, Vetting
from services.partners.vetting.service.answers import add_evidence, answer_item, declare_interests, start_vetting
from services.partners.vetting.service.outcomes import ask_fast_track, decide_vetting
from services.partners.vetting.service.papers import LASTS, PURPOSE
from shared.clock import utc_now
from shared.database.links import LinkHolder, make_link
from shared.files import StoredFile
from shared.identity import Identity
from shared.service import Runtime
from shared.testing.people import make_identity

ZONE = "Africa/Johannesburg"
PAPER = StoredFile("certificate.pdf", "application/pdf", 9, "ab" * 32)


def make_vetting(session: Session, organisation_id: UUID, by: Identity | None = None, **changes: Any) -> Vetting:
    """A running vetting, `by` having declared no interest of their own; `at` is when."""
    who, at = by or make_identity(), changes.get("at") or utc_now()
    vetting = start_vetting(session, who, organisation_id, at)
    declare_interests(session, who, vetting.id, at, conflict=False, description="")
    return vetting


def answer_all(session: Session, vetting: Vetting, by: Identity, at: Any = None, **verdicts: str) -> None:
    """Answer every item as met, but for those named here by their key."""
    for each in vetting.answers:
        answer_item(
            session, by, each.id, each.version, at or utc_now(), verdict=verdicts.get(each.key, MET), note_text="Seen."
        )


def make_decided(session: Session, organisation_id: UUID, by: Identity, at: Any = None, **decision: str) -> Vetting:
    """A vetting that was approved, or decided otherwise."""
    vetting = make_vetting(session, organisation_id, by, at=at)
    answer_all(session, vetting, by, at)
    wanted = {"outcome": "approved", "reason": "", **decision}
    return decide_vetting(session, by, vetting.id, vetting.version, at or utc_now(), time_zone=ZONE, **wanted)


def make_request(session: Session, vetting: Vetting, contact: Any, by: Identity, at: datetime) -> tuple[UUID, str]:
    """A request for the papers of the first item, and the secret of its link."""
    asked = PaperRequest(
        vetting_id=vetting.id, contact_id=contact.id, answers=[str(vetting.answers[0].id)], message="Quagga, please.",
        asked_by=by.person_id, until=at + LASTS, created_at=at,
    )  # fmt: skip
    session.add(asked)
    session.flush()
    holder = LinkHolder(contact.id, contact.name, contact.email, contact.organisation_id)
    return asked.id, make_link(session, purpose=PURPOSE, subject_id=asked.id, holder=holder, now=at, lasts=LASTS)


def make_vetting_samples(
    runtime: Runtime, session: Session, contact: Any, at: datetime
) -> tuple[dict[str, Any], dict[str, str]]:
    """A running vetting with an answer, a paper, a fast track asked for and papers asked for: ids, and links."""
    by = make_identity(name="Quagga Naidoo")
    vetting = make_vetting(session, contact.organisation_id, by, at=at)
    first = vetting.answers[0]
    blob = runtime.files.put(b"%PDF-1.7 Quagga")
    paper = add_evidence(
        session, by, first.id, StoredFile("Quagga.pdf", "application/pdf", blob.size, blob.sha256), at, expires_on=None
    )
    answer_item(session, by, first.id, first.version, at, verdict="not_met", note_text="Quagga is not registered.")
    ask_fast_track(session, by, vetting.id, at, reason="Quagga season is short.", until=(at + LASTS).date())
    _asked, secret = make_request(session, vetting, contact, by, at)
    ids = {"vetting_id": vetting.id, "answer_id": first.id, "evidence_id": paper.id, "item_key": "registration"}
    return ids, {PURPOSE: secret}
