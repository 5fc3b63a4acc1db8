"""Agreements for tests."""

from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from services.partners.agreements.models import Agreement, Reply, Version
from services.partners.agreements.queries import get_version
from services.partners.agreements.service.answering import Said, answer_for_partner, answer_for_us, offer_agreement
from services.partners.agreements.service.drafting import ANSWERING, draft_agreement, write_part
from services.partners.agreements.terms import TermsSchema, complete_terms
from services.partners.contacts.models import Contact
from services.partners.contacts.service import name_liaison
from shared.clock import utc_now
from shared.database.links import LinkHolder, make_link
from shared.identity import LIAISON
from shared.testing.people import make_identity

TERMS = {
    "purpose": {"text": "Clean the harbour together."},
    "dates": {"starts_on": "2026-01-01", "ends_on": "2027-12-31", "renewal": "talk", "notice_days": 60},
    "responsibilities": [{"area": "Boats", "responsible": "Harbour Trust", "accountable": "Naledi", "consulted": "",
                          "informed": "SayPro"}],
    "contributions": [{"party": "us", "kind": "money", "what": "Fuel", "quantity": "12000.50", "unit": "ZAR",
                       "due_on": "2026-06-30"}],
    "targets": [{"name": "Waste removed", "value": "1000", "unit": "t", "due_on": None, "key": "waste"}],
    "reporting": [{"what": "Waste", "party": "partner", "rhythm": "monthly", "form": "webhook", "days": 14}],
}  # fmt: skip
QUAGGA_TERMS = {
    "purpose": {"text": "Quagga-aim"},
    "responsibilities": [dict.fromkeys(("area", "responsible", "accountable", "consulted", "informed"), "Quagga")],
    "contributions": [{"party": "us", "kind": "goods", "what": "Quagga hay", "quantity": "12", "unit": "Quagga"}],
    "targets": [{"name": "Quagga foals", "value": "3", "unit": "Quagga", "key": "quagga"}],
    "reporting": [{"what": "Quagga counts", "party": "partner", "rhythm": "monthly", "form": "webhook"}],
}
LINKS = "https://saypro.example.org/partners/agreements/s/"
TODAY = date(2026, 11, 22)


def make_terms(**parts: Any) -> dict[str, Any]:
    return complete_terms(TermsSchema().load({**TERMS, **parts}))


def make_agreement(session: Session, organisation_id: UUID, title: str = "Clean harbour", **parts: Any) -> Agreement:
    """A whole draft."""
    terms = make_terms(**parts)
    return draft_agreement(session, make_identity(), organisation_id, utc_now(), title=title, terms=terms)


def offer(session: Session, agreement: Agreement, today: date = TODAY, **changes: Any) -> Version:
    """The newest draft, offered; the organisation has a liaison."""
    given = {"answer_by": today + timedelta(days=14), "words": "We look forward to it.", "links": LINKS, **changes}
    return offer_agreement(session, make_identity(), agreement.id, agreement.version, utc_now(), today=today, **given)


def say(
    session: Session, agreement: Agreement, reply: Reply = Reply.ACCEPT, today: date = TODAY, **changes: Any
) -> None:
    """The partner's answer to the newest version."""
    by = make_identity(LIAISON, agreement.organisation_id, name="Naledi Dlamini")
    version = get_version(session, by, agreement, agreement.latest)
    said = Said(**{"reply": reply, "digest": version.digest, "capacity": "Director", **changes})
    answer_for_partner(session, by, agreement.id, version.number, said, utc_now(), today=today)


def accept_for_us(session: Session, agreement: Agreement, today: date = TODAY) -> None:
    by = make_identity()
    version = get_version(session, by, agreement, agreement.latest)
    answer_for_us(
        session, by, agreement.id, utc_now(), today=today, digest=version.digest or "", capacity="CSR manager"
    )


def make_agreement_samples(session: Session, contact: Contact, now: datetime) -> tuple[dict[str, Any], dict[str, str]]:
    """For tests/samples.py: an offered second version, route argument -> what to put there, and its link."""
    name_liaison(session, make_identity(name="Quagga Naidoo"), contact.id, now)
    by = make_identity(name="Quagga Naidoo")
    agreement = make_agreement(session, contact.organisation_id, title="Quagga agreement", **QUAGGA_TERMS)
    offer(session, agreement, today=now.date())
    write_part(session, by, agreement.id, agreement.version, now, "purpose", {"text": "Quagga-purpose"})
    version = offer(session, agreement, today=now.date())
    holder = LinkHolder(contact.id, contact.name, contact.email or "", contact.organisation_id)
    lasts = timedelta(days=9)
    secret = make_link(session, purpose=ANSWERING, subject_id=version.id, holder=holder, now=now, lasts=lasts)
    places = {"agreement_id": agreement.id, "number": 2, "part_name": "purpose", "list_name": "targets", "position": 0}
    return places, {ANSWERING: secret}
