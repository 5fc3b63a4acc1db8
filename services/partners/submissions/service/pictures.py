"""Use cases: pictures that go along with a story. They are put beside the draft one by one, and sent with it."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import update
from sqlalchemy.orm import Session

from services.partners.organisations.queries import lock_organisation
from services.partners.submissions.models import ReportPicture
from services.partners.submissions.queries import list_draft_pictures
from shared.errors import Invalid
from shared.files import StoredFile

#: With one story.
MOST_PICTURES = 10


def add_picture(
    session: Session, organisation_id: UUID, campaign_id: UUID, file: StoredFile, description: str, now: datetime
) -> ReportPicture:
    """Put a picture beside the story that is being written. The caller has made sure that they may report.

    Raises `Invalid` for one too many. The same picture again only takes over its new description.
    """
    lock_organisation(session, organisation_id)
    there = list_draft_pictures(session, organisation_id, campaign_id)
    picture = next((each for each in there if each.sha256 == file.sha256), None)
    if picture is None:
        if len(there) >= MOST_PICTURES:
            raise Invalid({"picture": f"A story takes {MOST_PICTURES} pictures. Take one away first."})
        picture = ReportPicture(organisation_id=organisation_id, campaign_id=campaign_id, created_at=now)
        picture.set_file(file)
        session.add(picture)
    picture.description = description
    session.flush()
    return picture


def remove_picture(session: Session, picture: ReportPicture) -> None:
    """Take a picture away that was not sent yet. Its content stays in the store, where others may name it."""
    session.delete(picture)
    session.flush()


def attach_pictures(session: Session, organisation_id: UUID, campaign_id: UUID, submission_id: UUID) -> None:
    """Let the pictures beside the draft belong to what was sent; nothing of them changes any more."""
    session.execute(
        update(ReportPicture)
        .where(
            ReportPicture.organisation_id == organisation_id,
            ReportPicture.campaign_id == campaign_id,
            ReportPicture.submission_id.is_(None),
        )
        .values(submission_id=submission_id)
    )
