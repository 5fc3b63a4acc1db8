"""Use cases: asking the liaison for papers, who sends them from a scoped link, and sees nothing else of the vetting."""

from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy.orm import Session

from services.partners.contacts.queries import find_liaison
from services.partners.mails import Action, request_mail
from services.partners.organisations.queries import get_organisation
from services.partners.vetting.models import Evidence, PaperRequest
from services.partners.vetting.queries import find_request, list_requests, list_wanted, lock_vetting, read_vetting
from services.partners.vetting.service.answers import keep_paper, require_declared, require_future, require_running
from shared.database.history import note
from shared.database.links import make_link, revoke_links
from shared.errors import Conflict, Invalid
from shared.files import StoredFile
from shared.identity import Identity

PURPOSE = "vetting.evidence"
LASTS = timedelta(days=30)
#: A link that went astray must not fill the store.
MOST_PAPERS = 40


def ask_papers(
    session: Session, by: Identity, vetting_id: UUID, now: datetime, *, answer_ids: Sequence[UUID], message: str,
    address: Callable[[str], str],
) -> PaperRequest:  # fmt: skip
    """Mail the liaison a link by which they send papers for these items; `address` makes it of a secret.

    An earlier request's link ends. Raises `Conflict` where there is no liaison with an e-mail address.
    """
    vetting = lock_vetting(session, by, vetting_id)
    require_running(vetting)
    require_declared(vetting, by)
    wanted = [each for each in vetting.answers if each.id in set(answer_ids)]
    if not wanted:
        raise Invalid({"answers": "Choose at least one."})
    liaison = find_liaison(session, vetting.organisation_id)
    if liaison is None or liaison.email is None:
        raise Conflict("There is no liaison with an e-mail address. Name one under Contacts first.")
    end_requests(session, vetting_id, now)
    made = PaperRequest(vetting_id=vetting.id, contact_id=liaison.id, answers=[str(each.id) for each in wanted],
                        message=message, asked_by=by.person_id, until=now + LASTS, created_at=now)  # fmt: skip
    session.add(made)
    session.flush()
    secret = make_link(session, purpose=PURPOSE, subject_id=made.id, holder=liaison.holder, now=now, lasts=LASTS)
    organisation = get_organisation(session, by, vetting.organisation_id)
    to = liaison.addressee
    request_mail(
        session, to, f"Papers of {organisation.name} that we need",
        [message, "We need: " + "; ".join(each.label for each in wanted) + ".",
         "The link below is yours alone. A photo taken with a phone will do."],
        now, about=vetting.id, because=f"You are the liaison of {organisation.name}.", reply_to=by.email,
        action=Action("Send the papers", address(secret), now + LASTS),
    )  # fmt: skip
    note(session, by, "asked for papers", vetting.id, at=now, name=liaison.name,
         items=[each.label for each in wanted])  # fmt: skip
    return made


def receive_paper(
    session: Session, holder: Identity, request_id: UUID, answer_id: UUID, file: StoredFile, now: datetime, *,
    expires_on: date | None,
) -> Evidence:  # fmt: skip
    """A paper that the liaison sends; it waits until one of us has looked at it."""
    request = find_request(session, request_id)
    answer = next((each for each in list_wanted(session, request) if each.id == answer_id), None)
    if answer is None:
        raise Invalid({"answer_id": "Choose one of the papers that we asked for."})
    if not read_vetting(session, request.vetting_id).running:
        raise Conflict("Thank you, we need no more papers: the matter is settled.")
    require_future(expires_on, now)
    sent = sum(1 for each in list_wanted(session, request) for paper in each.evidence if paper.from_partner)
    if sent >= MOST_PAPERS:
        raise Conflict("That is more than we asked for. Tell us by mail if something is missing.")
    evidence = keep_paper(session, answer, file, holder.person_id, now, expires_on=expires_on, from_partner=True)
    note(session, holder, "sent a paper", request.vetting_id, at=now, item=answer.label, file=file.name)
    return evidence


def end_requests(session: Session, vetting_id: UUID, now: datetime) -> None:
    """End the links of earlier requests."""
    for each in list_requests(session, vetting_id):
        revoke_links(session, now, purpose=PURPOSE, subject_id=each.id)
