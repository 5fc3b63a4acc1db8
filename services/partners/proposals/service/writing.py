"""Writing proposals and sending them: each organisation gets its own copy, and what was sent stays as it was sent."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING
from uuid import UUID

from sqlalchemy.orm import Session

from services.partners.agreements.service.drafting import begin_agreement
from services.partners.contacts.queries import find_liaisons
from services.partners.organisations.queries import name_organisations
from services.partners.proposals.models import OPEN, SETTLED, Proposal, Side, State, Version, digest_of
from services.partners.proposals.placeholders import KNOWN, fill, reopen, require_known, say_values
from services.partners.proposals.queries import (
    find_newest_of,
    get_proposal,
    get_template,
    get_template_version,
    get_version,
)
from services.partners.proposals.service import telling
from services.partners.proposals.service.stages import follow_sending
from shared import markdown
from shared.clock import new_id
from shared.database.history import note
from shared.database.links import make_link
from shared.database.versions import require_version
from shared.errors import Conflict, Invalid, NotFound, Stale
from shared.identity import Identity
from shared.web.filters import format_date

if TYPE_CHECKING:
    from services.partners.agreements.models import Agreement
    from services.partners.contacts.models import Contact

#: What a link to answer a proposal is for; its subject is the proposal, so that its holder can come back.
ANSWERING = "proposal.answer"
#: The path that such links begin with; the secret follows.
LINKS = "/partners/proposals/s/"
#: For so long after the last day to answer, the link still shows what was sent.
READABLE = timedelta(days=30)


@dataclass(frozen=True)
class Copy:
    """A proposal about to be sent, and who would get it: nobody, without a liaison who has a mail address."""

    proposal: Proposal
    organisation: str
    liaison: "Contact | None"


@dataclass(frozen=True)
class Sending:
    """How to send: until when it can be answered, what the mail says first, where secret links begin."""

    answer_by: date
    words: str
    links: str


def write_proposals(
    session: Session, by: Identity, now: datetime, *, template_id: UUID, title: str, values: Mapping[str, str],
    organisations: Sequence[UUID],
) -> Sequence[Proposal]:  # fmt: skip
    """A copy of the template's newest version for each organisation, as drafts; raises `NotFound` for an unknown one.

    `values` are as kept; see `Version.values`.
    """
    template = get_template(session, template_id)
    version = get_template_version(session, template.id, template.latest)
    wanted = list(dict.fromkeys(organisations))
    if len(name_organisations(session, wanted)) < len(wanted):
        raise NotFound
    batch_id, written = new_id(), []
    for organisation_id in wanted:
        proposal = Proposal(
            id=new_id(), created_at=now, updated_at=now, organisation_id=organisation_id, template_id=template.id,
            template_number=version.number, batch_id=batch_id, fields=version.fields, state=State.DRAFT, latest=0,
            draft_text=version.text, draft_values=dict(values), author_id=by.person_id, author_name=by.name,
            waiting_since=now,
        )  # fmt: skip
        proposal.retitle(title)
        session.add(proposal)
        written.append(proposal)
    session.flush()
    for proposal in written:
        note(session, by, "wrote the proposal", proposal.id, at=now, template=template.title)
    return written


def edit_draft(
    session: Session, by: Identity, proposal_id: UUID, seen_version: int, now: datetime, *, title: str, text: str,
    values: Mapping[str, str],
) -> Proposal:  # fmt: skip
    """What we are writing to be sent next: the first version, or one in place of what was sent.

    Raises `Stale`, `Conflict` once it is settled, `Invalid` for a placeholder that nothing stands behind.
    """
    proposal = get_proposal(session, by, proposal_id, lock=True)
    require_version(session, proposal, seen_version)
    if proposal.state in SETTLED:
        raise Conflict("This proposal is settled. Write a new one.")
    require_known(text, (*KNOWN, *(each["name"] for each in proposal.fields)))
    if (proposal.title, proposal.draft_text, proposal.draft_values) != (title, text, dict(values)):
        proposal.retitle(title)
        proposal.draft_text, proposal.draft_values, proposal.updated_at = text, dict(values), now
        note(session, by, "edited the draft", proposal.id, at=now)
    session.flush()
    return proposal


def read_draft(session: Session, proposal: Proposal) -> tuple[str, Mapping[str, str]]:
    """The text and values to go on writing with: the draft, or else what was sent last, by either side.

    What was filled in by itself when we sent it, such as the date and who signed, is open again.
    """
    if proposal.draft_text is not None:
        return proposal.draft_text, proposal.draft_values or {}
    newest = get_version(session, proposal, proposal.latest)
    ours = find_newest_of(session, proposal.id, Side.US)
    if ours is None or ours.source is None:
        return newest.text, newest.values
    return reopen(newest.text, ours.source, ours.text), newest.values


def settle_names(copy: Copy, by: Identity, text: str, today: date) -> str:
    """`text` with the names and the date in it, as the copy would be sent today; the fields' placeholders stay."""
    locale = copy.liaison.locale if copy.liaison else None
    words = {
        "organisation": copy.organisation,
        "liaison": copy.liaison.name if copy.liaison else "…",
        "our_person": by.name,
        "date": format_date(today, locale),
    }
    return fill(text, words)


def list_copies(session: Session, proposals: Sequence[Proposal]) -> Sequence[Copy]:
    """Who would get these, in their order, in two queries."""
    ids = [each.organisation_id for each in proposals]
    names, liaisons = name_organisations(session, ids), find_liaisons(session, ids)
    reachable = {each: liaison for each, liaison in liaisons.items() if liaison.email}
    return [Copy(each, names[each.organisation_id], reachable.get(each.organisation_id)) for each in proposals]


def fingerprint(copies: Sequence[Copy]) -> str:
    """Stands for exactly these texts to exactly these people: what was confirmed is what is sent."""
    said = [f"{each.proposal.id}:{each.proposal.version}:{each.liaison.email}" for each in copies if each.liaison]
    return hashlib.sha256("\n".join(said).encode()).hexdigest()


def send_copies(
    session: Session, by: Identity, proposals: Sequence[Proposal], seen: str, now: datetime, *, today: date,
    how: Sending,
) -> Sequence[Version]:  # fmt: skip
    """Send each copy that has someone to go to. `seen` is the `fingerprint` of what was confirmed.

    Raises `Stale` when a text or a liaison has changed since, `Conflict` when there is nothing to send.
    """
    locked = [get_proposal(session, by, each.id, lock=True) for each in sorted(proposals, key=lambda each: each.id)]
    copies = list_copies(session, [each for each in locked if each.draft_text is not None])
    if fingerprint(copies) != seen:
        raise Stale("Someone changed a text or a liaison since you opened this. Look again at who gets what.")
    reachable = [each for each in copies if each.liaison]
    if not reachable:
        raise Conflict("Nobody can get it yet: no organisation here has a liaison with a mail address and a draft.")
    if how.answer_by < today:
        raise Invalid({"answer_by": "Choose today or a later day."})
    return [_send(session, by, each, now, today, how) for each in reachable]


def _send(session: Session, by: Identity, copy: Copy, now: datetime, today: date, how: Sending) -> Version:
    proposal, liaison = copy.proposal, copy.liaison
    if proposal.state in SETTLED or liaison is None or proposal.draft_text is None:
        raise Conflict("This proposal can't be sent as it stands.")
    text, values = settle_names(copy, by, proposal.draft_text, today), proposal.draft_values or {}
    require_known(text, [each["name"] for each in proposal.fields])
    version = add_version(
        session, by, proposal, Side.US, text, values, now, words=how.words, answer_by=how.answer_by,
        source=proposal.draft_text,
    )  # fmt: skip
    proposal.state, proposal.answer_by, proposal.reminded_at = State.SENT, how.answer_by, None
    proposal.draft_text, proposal.draft_values = None, None
    proposal.author_id, proposal.author_name = by.person_id, by.name
    proposal.waiting_since = proposal.updated_at = now
    until = now + (how.answer_by - today) + READABLE
    secret = make_answer_link(session, proposal, liaison, now, until - now)
    offer = telling.compose_offer(by, version, copy.organisation, liaison)
    telling.send_offer(session, by, version, offer, liaison, how.links + secret, until)
    note(
        session, by, "sent the proposal", proposal.id, at=now, version=version.number, to=liaison.name,
        answer_by=how.answer_by.isoformat(),
    )  # fmt: skip
    follow_sending(session, by, proposal, now)
    session.flush()
    return version


def make_answer_link(session: Session, proposal: Proposal, liaison: "Contact", now: datetime, lasts: timedelta) -> str:
    """The secret of a new link to read and answer the proposal."""
    return make_link(session, purpose=ANSWERING, subject_id=proposal.id, holder=liaison.holder, now=now, lasts=lasts)


def add_version(
    session: Session, by: Identity, proposal: Proposal, side: Side, text: str, values: Mapping[str, str],
    now: datetime, *, words: str = "", answer_by: date | None = None, source: str | None = None,
) -> Version:  # fmt: skip
    """The next version, as one side sends it; nothing changes it any more."""
    proposal.latest += 1
    version = Version(
        created_at=now, proposal_id=proposal.id, number=proposal.latest, side=side, title=proposal.title, text=text,
        source=source, fields=proposal.fields, values=dict(values), words=words, author_id=by.person_id,
        author_name=by.name, answer_by=answer_by,
        digest=digest_of(proposal.id, proposal.latest, proposal.title, text, values),
    )  # fmt: skip
    session.add(version)
    session.flush()
    return version


def withdraw_proposal(
    session: Session, by: Identity, proposal_id: UUID, seen_version: int, now: datetime, reason: str
) -> Proposal:
    """Take it back, or drop a draft. What was sent stays readable, and its liaison is told why."""
    proposal = get_proposal(session, by, proposal_id, lock=True)
    require_version(session, proposal, seen_version)
    if proposal.state not in (*OPEN, State.DRAFT):
        raise Conflict("There is nothing to take back.")
    if proposal.state in OPEN:
        telling.tell_withdrawal(session, proposal, reason, now)
    proposal.state, proposal.updated_at = State.WITHDRAWN, now
    proposal.draft_text, proposal.draft_values = None, None
    note(session, by, "withdrew the proposal", proposal.id, at=now, reason=reason)
    session.flush()
    return proposal


def draft_its_agreement(
    session: Session, by: Identity, proposal_id: UUID, seen_version: int, now: datetime
) -> "Agreement":
    """Begin the agreement that an accepted proposal leads to, with what was agreed on as its purpose."""
    proposal = get_proposal(session, by, proposal_id, lock=True)
    require_version(session, proposal, seen_version)
    if proposal.state != State.ACCEPTED or proposal.agreement_id is not None:
        raise Conflict("An agreement is drafted once, from a proposal that was accepted.")
    version = get_version(session, proposal, proposal.latest)
    whole = fill(version.text, say_values(version.fields, version.values))
    purpose = markdown.render_text(whole, markdown.UNWRAPPED)
    agreement = begin_agreement(session, by, proposal.organisation_id, now, title=proposal.title, purpose=purpose)
    proposal.agreement_id, proposal.updated_at = agreement.id, now
    note(session, by, "drafted an agreement from it", proposal.id, at=now)
    session.flush()
    return agreement
