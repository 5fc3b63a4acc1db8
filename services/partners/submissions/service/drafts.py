"""Use cases: reports kept as far as they are typed, for whoever of the organisation goes on, on whatever device."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete
from sqlalchemy.orm import Session

from services.partners.organisations.queries import lock_organisation
from services.partners.submissions.models import ReportDraft
from shared.errors import TooLarge
from shared.identity import Identity

#: Characters of one draft.
LONGEST = 100_000


def save_draft(
    session: Session,
    by: Identity,
    organisation_id: UUID,
    campaign_id: UUID,
    kind: str,
    typed: Mapping[str, list[str]],
    now: datetime,
) -> None:
    """Keep what is typed in place of what was. The caller has made sure that they may report for the organisation."""
    if sum(len(name) + sum(map(len, values)) for name, values in typed.items()) > LONGEST:
        raise TooLarge("This is more than a draft can hold. Send it in two reports.")
    # Two windows that save the first draft at once would both insert it.
    lock_organisation(session, organisation_id)
    draft = session.get(ReportDraft, (organisation_id, campaign_id, kind))
    if draft is None:
        draft = ReportDraft(organisation_id=organisation_id, campaign_id=campaign_id, kind=kind)
        session.add(draft)
    draft.typed, draft.typed_by, draft.typed_at = dict(typed), by.name, now
    session.flush()


def drop_draft(session: Session, organisation_id: UUID, campaign_id: UUID, kind: str) -> None:
    """Forget it, because it was sent."""
    session.execute(
        delete(ReportDraft).where(
            ReportDraft.organisation_id == organisation_id,
            ReportDraft.campaign_id == campaign_id,
            ReportDraft.kind == kind,
        )
    )
