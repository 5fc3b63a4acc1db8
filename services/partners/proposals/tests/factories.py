"""Proposals for tests."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from services.partners.contacts.models import Contact
from services.partners.contacts.service import name_liaison
from services.partners.proposals.models import Proposal, Reply, Template, Version
from services.partners.proposals.queries import get_version
from services.partners.proposals.service.answering import Said, answer_proposal
from services.partners.proposals.service.templates import Wording, add_template
from services.partners.proposals.service.writing import (
    ANSWERING,
    Sending,
    edit_draft,
    fingerprint,
    list_copies,
    make_answer_link,
    send_copies,
    write_proposals,
)
from shared.clock import utc_now
from shared.identity import LIAISON, Identity
from shared.testing.people import make_identity

LINKS = "https://saypro.example.org/partners/proposals/s/"
TODAY = date(2026, 11, 22)
TEXT = """## A cleaner harbour

Dear {{liaison}}, we would like to clean the harbour with {{organisation}} from **{{start}}** on.

- We bring {{budget}}.
- You bring the boats.

{{our_person}}, {{date}}"""
FIELDS = [
    {"name": "start", "label": "First day", "kind": "date", "unit": "", "default": "2027-03-12"},
    {"name": "budget", "label": "Budget", "kind": "amount", "unit": "ZAR", "default": ""},
]
QUAGGA_TEXT = "Quagga for {{organisation}} {{start}}\n\nQuagga {{budget}}"
VALUES = {"start": "2027-03-12", "budget": "12000.50"}


def make_template(
    session: Session, title: str = "Clean harbour", by: Identity | None = None, **changes: Any
) -> Template:
    wording = {"title": title, "text": TEXT, "fields": FIELDS, **changes}
    return add_template(session, by or make_identity(), utc_now(), Wording(**wording))


def make_proposals(
    session: Session, organisations: Sequence[UUID], by: Identity | None = None, **changes: Any
) -> Sequence[Proposal]:
    """Drafts of one template."""
    by = by or make_identity()
    title = changes.pop("title", "Clean harbour")
    template_id = changes.pop("template_id", None) or make_template(session, title, by).id
    given = {"template_id": template_id, "title": title, "values": VALUES, "organisations": organisations, **changes}
    return write_proposals(session, by, utc_now(), **given)


def make_proposal(session: Session, organisation_id: UUID, by: Identity | None = None, **changes: Any) -> Proposal:
    [made] = make_proposals(session, [organisation_id], by, **changes)
    return made


def send(
    session: Session, *proposals: Proposal, today: date = TODAY, by: Identity | None = None, words: str = ""
) -> Sequence[Version]:
    seen = fingerprint(list_copies(session, [each for each in proposals if each.draft_text is not None]))
    how = Sending(today + timedelta(days=14), words, LINKS)
    return send_copies(session, by or make_identity(), proposals, seen, utc_now(), today=today, how=how)


def say(
    session: Session, proposal: Proposal, reply: Reply = Reply.ACCEPT, today: date = TODAY, by: Identity | None = None,
    **changes: Any,
) -> None:  # fmt: skip
    """The liaison's answer to the newest version; a counter changes the budget, if nothing else is said."""
    version = get_version(session, proposal, proposal.latest)
    counter = {"text": version.text, "values": {**version.values, "budget": "15000"}}
    given = {"digest": version.digest, **(counter if reply == Reply.COUNTER else {}), **changes}
    by = by or make_identity(LIAISON, proposal.organisation_id, name="Naledi Dlamini")
    answer_proposal(session, by, proposal.id, Said(reply, **given), utc_now(), today=today)


def make_proposal_samples(session: Session, contact: Contact, now: datetime) -> tuple[dict[str, Any], dict[str, str]]:
    """For tests/samples.py: sent, countered, and sent again; route argument -> what to put there, and its link."""
    by = make_identity(name="Quagga Naidoo")
    name_liaison(session, by, contact.id, now)
    fields = [{**each, "label": f"Quagga {each['label']}"} for each in FIELDS]
    template = make_template(session, "Quagga proposal", by, text=QUAGGA_TEXT, fields=fields)
    proposal = make_proposal(session, contact.organisation_id, by, title="Quagga proposal", template_id=template.id)
    send(session, proposal, today=now.date(), by=by, words="Quagga greets you.")
    partner = make_identity(LIAISON, contact.organisation_id, name="Quagga Sithole")
    say(session, proposal, Reply.COUNTER, now.date(), partner, comment="Quagga wants more.")
    text = get_version(session, proposal, 2).text + "\n\nQuagga adds this."
    edit_draft(session, by, proposal.id, proposal.version, now, title="Quagga proposal", text=text, values=VALUES)
    send(session, proposal, today=now.date(), by=by)
    edit_draft(session, by, proposal.id, proposal.version, now, title="Quagga proposal", text="Quagga", values=VALUES)
    secret = make_answer_link(session, proposal, contact, now, timedelta(days=9))
    places = {"proposal_id": proposal.id, "batch_id": proposal.batch_id, "template_id": proposal.template_id}
    return places, {ANSWERING: secret}
