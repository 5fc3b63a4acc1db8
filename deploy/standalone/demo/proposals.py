"""The demo's proposals: one template, four organisations, and what became of each."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from services.partners.contacts.queries import find_liaison
from services.partners.contacts.service import add_contact
from services.partners.organisations.queries import find_organisations
from services.partners.proposals.models import Proposal, Reply
from services.partners.proposals.queries import get_version
from services.partners.proposals.service.answering import Said, answer_proposal
from services.partners.proposals.service.clock import lapse_proposals
from services.partners.proposals.service.templates import Wording, add_template
from services.partners.proposals.service.writing import (
    LINKS,
    Sending,
    edit_draft,
    fingerprint,
    list_copies,
    send_copies,
    write_proposals,
)
from shared.clock import new_id
from shared.identity import GUEST, Identity

TEXT: Final = """Dear {{liaison}},

we would like to bring the river mouth back to life together with {{organisation}}, from **{{begins}}** on.

## What we would do together

- Clear the banks between the station and the sea, every second Saturday.
- Count what we find, with a method that others can repeat.
- Show classes from the neighbourhood what lives there.

## What each side brings

{{organisation}} knows the river and the people who live beside it. We bring **{{budget}}** in the first year,
volunteers from our offices, and transport.

## What we would measure

The kilograms taken out, and how many children came along. You see the same figures as we do.

Kind regards

{{our_person}}, {{date}}"""
FIELDS: Final = [
    {"name": "begins", "label": "First day", "kind": "date", "unit": "", "default": ""},
    {"name": "budget", "label": "Our budget for the first year", "kind": "amount", "unit": "ZAR", "default": "120000"},
]
#: Each organisation of the round on the river mouth, with its liaison.
LIAISONS: Final = {
    "Liesbeek River Friends": ("Anneke Botha", "anneke@liesbeek.example.org"),
    "Blue Catchment Alliance": ("Sipho Mabena", "sipho@bluecatchment.example.org"),
    "Harbour Youth Divers": ("Fatima Jacobs", "fatima@harbourdivers.example.org"),
    "Cape Watershed Institute": ("Dr Ruth Adler", "ruth@watershed.example.org"),
}


def tell_proposals(session: Any, staff: Sequence[Identity], now: datetime, base_url: str) -> None:
    """Three sent four weeks ago: accepted, countered, lapsed. A fourth waits for its answer since last week."""
    by, at = staff[1], now - timedelta(weeks=4)
    ids = {name: _introduce(session, by, name, at) for name in LIAISONS}
    wording = Wording(title="Bring the river mouth back to life", text=TEXT, fields=FIELDS)
    template = add_template(session, by, at - timedelta(days=2), wording)
    values = {"begins": (now + timedelta(weeks=8)).date().isoformat(), "budget": "120000"}

    def write(names: Sequence[str], day: datetime) -> Sequence[Proposal]:
        organisations = [ids[name] for name in names]
        return write_proposals(
            session, by, day, template_id=template.id, title=wording["title"], values=values,
            organisations=organisations,
        )  # fmt: skip

    def send(copies: Sequence[Proposal], day: datetime, words: str) -> None:
        how = Sending(day.date() + timedelta(days=14), words, base_url + LINKS)
        seen = fingerprint(list_copies(session, copies))
        send_copies(session, by, copies, seen, day, today=day.date(), how=how)

    *others, institute = LIAISONS
    copies = write(others, at)
    text = TEXT.replace("volunteers from our offices", "air for the bottles, volunteers from our offices")
    edit_draft(session, by, copies[2].id, copies[2].version, at, title=wording["title"], text=text, values=values)
    send(copies, at + timedelta(days=1), "It was good to walk along the banks with you.")
    friends, alliance, _divers = copies
    _answer(session, friends, at + timedelta(days=5), Reply.ACCEPT)
    _counter(session, alliance, at + timedelta(days=12))
    lapsing = at + timedelta(days=17)
    lapse_proposals(session, lapsing, lapsing.date())
    send(write([institute], now - timedelta(days=6)), now - timedelta(days=5), "Your students would do the counting.")


def _introduce(session: Any, by: Identity, name: str, at: datetime) -> UUID:
    """The organisation of that name, with its liaison."""
    [organisation] = find_organisations(session, by, search=name, cursor=None, limit=1).items
    if find_liaison(session, organisation.id) is None:
        person, email = LIAISONS[name]
        add_contact(
            session, by, organisation.id, at, is_liaison=True, name=person, email=email, phone=None, roles=[],
            channel="mail", locale="en", time_zone=None, notes="",
        )  # fmt: skip
    return organisation.id


def _counter(session: Any, proposal: Proposal, at: datetime) -> None:
    version = get_version(session, proposal, proposal.latest)
    text = version.text.replace("every second Saturday", "every Saturday from October to March")
    values = {**version.values, "budget": "165000"}
    words = "In summer the river needs us every week, and our two rangers have to be paid for that."
    _answer(session, proposal, at, Reply.COUNTER, comment=words, text=text, values=values)


def _answer(session: Any, proposal: Proposal, at: datetime, reply: Reply, **said: Any) -> None:
    liaison = find_liaison(session, proposal.organisation_id)
    if liaison is None:
        return
    guest = Identity(
        person_id=liaison.id, name=liaison.name, email=liaison.email or "", role=GUEST,
        organisation_id=proposal.organisation_id, token_id=new_id(), issued_at=at, expires_at=at,
    )  # fmt: skip
    digest = get_version(session, proposal, proposal.latest).digest
    answer_proposal(session, guest, proposal.id, Said(reply, digest, **said), at, today=at.date())
