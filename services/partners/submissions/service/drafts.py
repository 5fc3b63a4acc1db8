"""Use cases: reports kept as far as they are typed, for whoever of the organisation goes on, on whatever device."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete
from sqlalchemy.orm import Session

from services.partners.organisations.queries import lock_organisation
from services.partners.submissions.models import ReportDraft
from services.partners.submissions.queries import was_reported_since
from shared.errors import Conflict, TooLarge
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
    *,
    form: UUID | None = None,
) -> None:
    """Keep what is typed in place of what was. The caller has made sure that they may report for the organisation.

    `form` is the id that the form got when it was opened. Raises `Conflict` if a report was sent since: what was still
    under way then must not come back as a draft.
    """
    if sum(len(name) + sum(map(len, values)) for name, values in typed.items()) > LONGEST:
        raise TooLarge("This is more than a draft can hold. Send it in two reports.")
    # Two windows that save the first draft at once would both insert it.
    lock_organisation(session, organisation_id)
    if form is not None and was_reported_since(session, organisation_id, campaign_id, kind, form):
        raise Conflict("This report was sent meanwhile, so nothing more of it is kept. Open the form anew.")
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
