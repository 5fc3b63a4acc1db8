"""Use cases: saying that a report was read, replying to it, and letting the partner's liaison know."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from uuid import UUID

from flask_babel import gettext as _
from sqlalchemy import update
from sqlalchemy.orm import Session

from services.partners.contacts.queries import find_liaison, find_owner
from services.partners.mails import Action, request_mail
from services.partners.organisations.queries import get_organisation
from services.partners.submissions.models import Reply, Submission
from services.partners.submissions.queries import get_submission, is_unread
from shared.database.history import note
from shared.database.links import make_link
from shared.errors import Conflict
from shared.identity import Identity

if TYPE_CHECKING:
    from services.partners.contacts.models import Contact

#: Of the links to the page that tells an organisation what came of its reports.
PURPOSE = "outcomes.read"
LINK_LASTS = timedelta(days=90)


@dataclass(frozen=True)
class News:
    """What the liaison is told by mail: `body` is Markdown, `about` the id of what it is about."""

    about: UUID
    subject: str
    lead: str
    body: str


def mark_read(session: Session, by: Identity, submission_id: UUID, now: datetime) -> Submission:
    """Say that one has read it. Said once; again it changes nothing."""
    submission = get_submission(session, by, submission_id)
    if submission.read_at is None:
        submission.read_at, submission.reader_id = now, by.person_id
        session.flush()
        note(session, by, "read it", submission.id, at=now)
    return submission


def mark_all_read(session: Session, by: Identity, organisation_id: UUID, now: datetime) -> int:
    """Say so of all that the organisation reported until now; returns how many were unread."""
    get_organisation(session, by, organisation_id)
    unread = update(Submission).where(Submission.organisation_id == organisation_id, is_unread())
    marked = session.execute(unread.values(read_at=now, reader_id=by.person_id).returning(Submission.id)).all()
    if marked:
        note(session, by, "read all that it reported", organisation_id, at=now)
    return len(marked)


def reply(
    session: Session, by: Identity, submission_id: UUID, now: datetime, base_url: str, *, text: str, mail: bool
) -> Reply:
    """Answer a submission, which also marks it as read; with `mail` the liaison gets it too.

    Raises `Conflict` where a mail is asked for and no liaison has an address.
    """
    liaison = get_told(session, get_submission(session, by, submission_id).organisation_id) if mail else None
    submission = mark_read(session, by, submission_id, now)
    made = Reply(
        organisation_id=submission.organisation_id, submission_id=submission.id, person_id=by.person_id, text=text,
        created_at=now,
    )  # fmt: skip
    session.add(made)
    session.flush()
    note(session, by, "replied by mail" if mail else "replied", submission.id, at=now)
    if liaison is not None:
        lead = _("%(name)s replied to what your organisation reported.", name=by.name)
        news = News(submission.id, _("A reply to your report"), lead, text)
        tell_liaison(session, liaison, news, now, base_url)
    return made


def find_told(session: Session, organisation_id: UUID) -> "Contact | None":
    """The liaison, where there is one who can be mailed."""
    liaison = find_liaison(session, organisation_id)
    return liaison if liaison is not None and liaison.active and liaison.email else None


def get_told(session: Session, organisation_id: UUID) -> "Contact":
    """The same; raises `Conflict` where there is nobody."""
    liaison = find_told(session, organisation_id)
    if liaison is None:
        raise Conflict("There is no liaison with an e-mail address. Name one under Contacts first.")
    return liaison


def tell_liaison(session: Session, liaison: "Contact", news: News, now: datetime, base_url: str) -> None:
    """Mail the liaison, with a link of their own to all that came of their organisation's reports."""
    owner = find_owner(session, liaison.organisation_id)
    secret = make_link(
        session, purpose=PURPOSE, subject_id=liaison.organisation_id, holder=liaison.holder, now=now, lasts=LINK_LASTS
    )
    request_mail(
        session,
        liaison.addressee,
        news.subject,
        [news.lead],
        now,
        about=news.about,
        because=_("You are the liaison of your organisation."),
        action=Action(_("See what came of it"), f"{base_url}/partners/came-of-it/s/{secret}", now + LINK_LASTS),
        reply_to=owner.email if owner is not None and owner.active else None,
        body=news.body,
    )
