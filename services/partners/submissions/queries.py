"""Every SELECT on webhook keys and submissions. A liaison's queries find their own organisation's and no other."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import ColumnElement, and_, bindparam, func, or_, select, tuple_
from sqlalchemy.orm import Session, undefer

from services.partners.organisations.queries import get_organisation, survivor_of
from services.partners.submissions.models import (
    FORM,
    Refusal,
    Reply,
    ReportDraft,
    ReportPicture,
    Submission,
    WebhookKey,
)
from shared.database.paging import Page, fetch_page
from shared.errors import NotFound
from shared.identity import Identity

# Every delivery asks this, and putting the question together costs more than asking it. In the order of `KeyUse`.
_USES = select(
    WebhookKey.id, WebhookKey.organisation_id, WebhookKey.last_used_at, WebhookKey.kinds, WebhookKey.campaigns
).where(WebhookKey.id.in_(bindparam("ids", expanding=True)), WebhookKey.revoked_at.is_(None))


@dataclass(frozen=True)
class LiveKey:
    """A key that deliveries may be signed with, still sealed."""

    id: UUID
    sealed_secret: str


@dataclass(frozen=True)
class KeyUse:
    """Whose a live key is, when it was last used, as far as that is noted, and what may be sent with it."""

    organisation_id: UUID
    last_used_at: datetime | None
    kinds: Sequence[str]
    campaigns: Sequence[str]

    def may_send(self, kind: str, campaign_id: UUID) -> bool:
        return (not self.kinds or kind in self.kinds) and (not self.campaigns or str(campaign_id) in self.campaigns)


@dataclass(frozen=True)
class Earlier:
    """A submission under the id of a delivery that came again."""

    id: UUID
    organisation_id: UUID
    message_id: str
    body_digest: bytes


def find_keys(session: Session, organisation_id: UUID, *, cursor: str | None, limit: int) -> Page[WebhookKey]:
    """The organisation's keys, newest first, also revoked ones. The caller has made sure who may see them."""
    found = select(WebhookKey).where(WebhookKey.organisation_id == organisation_id)
    return fetch_page(session, found, WebhookKey.id, cursor=cursor, limit=limit)


def list_keys(session: Session, organisation_id: UUID) -> Sequence[WebhookKey]:
    """All keys, the live ones first, each part newest first."""
    found = select(WebhookKey).where(WebhookKey.organisation_id == organisation_id)
    return session.scalars(found.order_by(WebhookKey.revoked_at.is_not(None), WebhookKey.id.desc())).all()


def get_key(session: Session, organisation_id: UUID, key_id: UUID) -> WebhookKey:
    found = session.get(WebhookKey, key_id)
    if found is None or found.organisation_id != organisation_id:
        raise NotFound
    return found


def list_signing_keys(session: Session, organisation_id: UUID) -> Sequence[LiveKey]:
    """The live keys of the organisation, or of the one that it was merged into, newest first."""
    found = select(WebhookKey.id, WebhookKey.sealed_secret).where(
        or_(WebhookKey.organisation_id == organisation_id, WebhookKey.organisation_id == survivor_of(organisation_id)),
        WebhookKey.revoked_at.is_(None),
    )
    return [LiveKey(*row) for row in session.execute(found.order_by(WebhookKey.id.desc()))]


def list_uses(session: Session, key_ids: Collection[UUID]) -> dict[UUID, KeyUse]:
    """Those of the keys that are live, by id."""
    return {row[0]: KeyUse(*row[1:]) for row in session.execute(_USES, {"ids": list(key_ids)})}


def find_earlier(session: Session, deliveries: Sequence[tuple[UUID, str]]) -> Sequence[Earlier]:
    """Those of the deliveries, named by organisation and message id, that are kept already."""
    found = select(Submission.id, Submission.organisation_id, Submission.message_id, Submission.body_digest).where(
        tuple_(Submission.organisation_id, Submission.message_id).in_(deliveries)
    )
    return [Earlier(*row) for row in session.execute(found)]


def get_submission(session: Session, viewer: Identity, submission_id: UUID, *, with_body: bool = False) -> Submission:
    """The submission; raises `NotFound` if there is none or the viewer may not see it."""
    options = [undefer(Submission.body)] if with_body else []
    found = session.get(Submission, submission_id, options=options)
    if found is None or not viewer.may_see(found.organisation_id):
        raise NotFound
    return found


def is_unread() -> ColumnElement[bool]:
    """The condition that nobody of us has said yet that they read it; trials need no reader."""
    return and_(Submission.read_at.is_(None), Submission.trial.is_(False))


@dataclass(frozen=True)
class Wanted:
    """What a list of submissions is narrowed to: `search` is a part of the message id, `since` when it came."""

    search: str = ""
    status: str | None = None
    kind: str | None = None
    since: datetime | None = None
    #: Whether one of us has read it; what only tried the door needs no reader.
    read: bool | None = None

    def conditions(self, organisation_id: UUID) -> list[ColumnElement[bool]]:
        found = [Submission.organisation_id == organisation_id]
        if self.search:
            found.append(Submission.message_id.contains(self.search, autoescape=True))
        if self.status:
            found.append(Submission.status == self.status)
        if self.kind:
            found.append(Submission.kind == self.kind)
        if self.since:
            found.append(Submission.created_at >= self.since)
        if self.read is not None:
            found.append(Submission.read_at.is_not(None) if self.read else is_unread())
        return found


def find_submissions(
    session: Session, organisation_id: UUID, wanted: Wanted, *, cursor: str | None, limit: int
) -> Page[Submission]:
    """The organisation's submissions, newest first. The caller has made sure who may see the organisation."""
    found = select(Submission).where(*wanted.conditions(organisation_id))
    return fetch_page(session, found, Submission.id, cursor=cursor, limit=limit)


def count_submissions(session: Session, organisation_id: UUID, wanted: Wanted | None = None) -> int:
    conditions = (wanted or Wanted()).conditions(organisation_id)
    return session.scalar(select(func.count()).select_from(Submission).where(*conditions)) or 0


def find_reports(session: Session, organisation_id: UUID, *, cursor: str | None, limit: int) -> Page[Submission]:
    """What the organisation reported in earnest, newest first. The caller has made sure who may see it."""
    found = select(Submission).where(Submission.organisation_id == organisation_id, Submission.trial.is_(False))
    return fetch_page(session, found, Submission.id, cursor=cursor, limit=limit)


def map_replies(session: Session, submission_ids: Collection[UUID]) -> Mapping[UUID, Sequence[Reply]]:
    """The replies to these submissions, oldest first, in one query. The caller has made sure who may see them."""
    found: dict[UUID, list[Reply]] = {}
    for each in session.scalars(select(Reply).where(Reply.submission_id.in_(submission_ids)).order_by(Reply.id)):
        found.setdefault(each.submission_id, []).append(each)
    return found


def find_replies(
    session: Session, viewer: Identity, organisation_id: UUID, *, cursor: str | None, limit: int
) -> Page[Reply]:
    """All that we answered to the organisation, newest first; raises `NotFound` where the viewer may not see it."""
    get_organisation(session, viewer, organisation_id)
    return fetch_page(
        session, select(Reply).where(Reply.organisation_id == organisation_id), Reply.id, cursor=cursor, limit=limit
    )


def list_corrections(session: Session, submission_id: UUID) -> Sequence[Submission]:
    """The submissions that correct this one, oldest first."""
    return session.scalars(
        select(Submission).where(Submission.corrects_id == submission_id).order_by(Submission.id)
    ).all()


def find_refusals(session: Session, organisation_id: UUID, *, cursor: str | None, limit: int) -> Page[Refusal]:
    """What the door refused of the organisation's, newest first. The caller has made sure who may see it."""
    found = select(Refusal).where(Refusal.organisation_id == organisation_id)
    return fetch_page(session, found, Refusal.id, cursor=cursor, limit=limit)


def count_refusals(session: Session, organisation_id: UUID) -> int:
    return session.scalar(select(func.count()).where(Refusal.organisation_id == organisation_id)) or 0


def count_refusals_of_day(session: Session, organisation_id: UUID, day: date, *, signed: bool) -> int:
    """How many are kept of a day, of those with a valid signature or of those without."""
    of_sort = Refusal.key_id.is_not(None) if signed else Refusal.key_id.is_(None)
    found = select(func.count()).where(Refusal.organisation_id == organisation_id, Refusal.on_day == day, of_sort)
    return session.scalar(found) or 0


def get_refusal(session: Session, viewer: Identity, refusal_id: UUID) -> Refusal:
    """The refused delivery with what is kept of its body; raises `NotFound`."""
    found = session.get(Refusal, refusal_id, options=[undefer(Refusal.body)])
    if found is None or not viewer.may_see(found.organisation_id):
        raise NotFound
    return found


def was_reported_since(session: Session, organisation_id: UUID, campaign_id: UUID, kind: str, form: UUID) -> bool:
    """Whether a form of this kind was sent after the one with the id `form` was opened: later ids are larger."""
    found = select(Submission.id).where(
        Submission.organisation_id == organisation_id,
        Submission.id > form,
        Submission.campaign_id == campaign_id,
        Submission.kind == kind,
        Submission.channel == FORM,
    )
    return session.scalar(found.limit(1)) is not None


def find_draft(session: Session, organisation_id: UUID, campaign_id: UUID, kind: str) -> ReportDraft | None:
    """The report of this kind that somebody of the organisation has begun."""
    return session.get(ReportDraft, (organisation_id, campaign_id, kind))


def list_draft_pictures(session: Session, organisation_id: UUID, campaign_id: UUID) -> Sequence[ReportPicture]:
    """The pictures of the story that is being written for the campaign, oldest first."""
    found = select(ReportPicture).where(*_beside_draft(organisation_id, campaign_id))
    return session.scalars(found.order_by(ReportPicture.id)).all()


def get_draft_picture(
    session: Session, organisation_id: UUID, campaign_id: UUID, picture_id: UUID | None
) -> ReportPicture:
    """One of them; raises `NotFound`."""
    found = select(ReportPicture).where(*_beside_draft(organisation_id, campaign_id), ReportPicture.id == picture_id)
    picture = session.scalar(found)
    if picture is None:
        raise NotFound
    return picture


def get_picture(session: Session, viewer: Identity, picture_id: UUID) -> ReportPicture:
    """A picture that was sent; raises `NotFound` if there is none or the viewer may not see its submission."""
    found = session.get(ReportPicture, picture_id)
    if found is None or found.submission_id is None or not viewer.may_see(found.organisation_id):
        raise NotFound
    return found


def iterate_pictures(session: Session, organisation_id: UUID) -> Iterator[ReportPicture]:
    """All pictures that the organisation sent, oldest first."""
    sent = (ReportPicture.organisation_id == organisation_id, ReportPicture.submission_id.is_not(None))
    yield from session.scalars(select(ReportPicture).where(*sent).order_by(ReportPicture.id))


def _beside_draft(organisation_id: UUID, campaign_id: UUID) -> tuple[ColumnElement[bool], ...]:
    return (
        ReportPicture.organisation_id == organisation_id,
        ReportPicture.campaign_id == campaign_id,
        ReportPicture.submission_id.is_(None),
    )


def iterate_received(session: Session, organisation_id: UUID) -> Iterator[Submission]:
    """All that the organisation sent, with the bodies, in the order of receipt; a few hundred at a time in memory."""
    found = select(Submission).where(Submission.organisation_id == organisation_id).order_by(Submission.id)
    yield from session.scalars(found.options(undefer(Submission.body)).execution_options(yield_per=200))
