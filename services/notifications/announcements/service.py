"""Use cases: celebrating a reached target; editing, sending and discarding an announcement."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy.orm import Session

from services.notifications.announcements import queries
from services.notifications.announcements.audience import Addressee, digest_addressees, list_addressees
from services.notifications.announcements.drafting import draft_celebration
from services.notifications.announcements.models import Announcement, State
from services.notifications.feed.service import TOPIC, tell
from services.notifications.known import queries as known
from services.notifications.messages.reader import Reader
from services.notifications.messages.service import queue_message
from shared.database.history import note
from shared.database.versions import require_version
from shared.errors import Conflict, Stale
from shared.fields import plain
from shared.identity import Identity
from shared.messaging.subscriptions import NotYet
from shared.messaging.wake import announce


@dataclass(frozen=True)
class ReachedTarget:
    """What metrics tells of a reached target; `value` and `target` are in `unit`."""

    kpi_id: UUID
    campaign_id: UUID
    name: str
    unit: str
    target: Decimal
    value: Decimal
    reached_at: datetime

    @property
    def key(self) -> str:
        """The same for the same target of the same KPI, however often it is told."""
        return f"target:{self.kpi_id}:{plain(self.target)}"


def celebrate_target(session: Session, reached: ReachedTarget, now: datetime) -> Announcement:
    """Draft the celebration and queue a mail to everyone who should know, once per target.

    Raises `NotYet` while the campaign or its owner has not been heard of.
    """
    drafted = queries.find_by_key(session, reached.key)
    if drafted is not None:
        return drafted
    campaign = known.find_campaign(session, reached.campaign_id)
    if campaign is None:
        raise NotYet(f"the campaign {reached.campaign_id} has not been heard of")
    owner = known.find_person(session, campaign.owner_id)
    if owner is None:
        raise NotYet(f"the owner {campaign.owner_id} of the campaign has not been heard of")
    title, body = draft_celebration(
        Reader(owner.locale, owner.time_zone or "UTC"),
        campaign=campaign.title,
        kpi=reached.name,
        unit=reached.unit,
        value=reached.value,
        target=reached.target,
        partners=known.list_partner_names(session, campaign.id),
    )
    draft = Announcement(
        key=reached.key, campaign_id=campaign.id, body=body, state=State.DRAFT, created_at=now, updated_at=now
    )
    draft.rename(title)
    session.add(draft)
    session.flush()
    _tell_of_target(session, reached, draft)
    _mail_target(session, reached, campaign.title, draft, now)
    return draft


def edit_announcement(
    session: Session, by: Identity, announcement_id: UUID, seen_version: int, now: datetime, *, title: str, body: str
) -> Announcement:
    """The draft with this title and text.

    Raises `Stale` if it changed since `seen_version`, and `Conflict` if it is out already.
    """
    announcement = _get_draft(session, by, announcement_id)
    require_version(session, announcement, seen_version)
    if (announcement.title, announcement.body) == (title, body):
        return announcement
    before, rewritten = announcement.title, announcement.body != body
    announcement.rename(title)
    announcement.body, announcement.updated_at = body, now
    session.flush()
    if before != title:
        renamed = {"before": {"title": before}, "after": {"title": title}}
        note(session, by, "renamed the announcement", announcement.id, at=now, **renamed)
    if rewritten:
        note(session, by, "rewrote the text", announcement.id, at=now)
    announce(session, TOPIC)
    return announcement


def send_announcement(
    session: Session,
    by: Identity,
    announcement_id: UUID,
    seen_version: int,
    now: datetime,
    *,
    seen_recipients: str | None = None,
) -> Announcement:
    """Queue one message per recipient; once sent, sending it again changes nothing.

    `seen_recipients` is the digest of the recipients that were shown; raises `Stale` if they, or the text since
    `seen_version`, are others now, and `Conflict` for a discarded announcement or one that nobody would get.
    """
    announcement = queries.get_announcement(session, by, announcement_id, lock=True)
    if announcement.state == State.SENT:
        return announcement
    if announcement.state == State.DISCARDED:
        raise Conflict("This announcement was discarded, and can't be sent any more.")
    require_version(session, announcement, seen_version)
    addressees = list_addressees(session, announcement.campaign_id)
    if seen_recipients is not None and seen_recipients != digest_addressees(addressees):
        raise Stale("Who gets it has changed since you opened this. Look at the list again, then send.")
    if not addressees:
        raise Conflict("Nobody would get this: the campaign has no active owner and no liaison of a partner yet.")
    campaign = known.name_campaigns(session, [announcement.campaign_id])[announcement.campaign_id]
    for each in addressees:
        queue_message(
            session,
            each.recipient,
            "announcement",
            letter_data(announcement, campaign, may_look=each.recipient.person_id is not None),
            now,
            key=f"announcement:{announcement.id}:{each.id}",
            campaign_id=announcement.campaign_id,
            announcement_id=announcement.id,
        )
    announcement.state, announcement.sent_at, announcement.updated_at = State.SENT, now, now
    announcement.sent_by, announcement.recipients = by.name, len(addressees)
    session.flush()
    names = [each.recipient.name for each in addressees]
    note(session, by, "sent the announcement", announcement.id, at=now, recipients=", ".join(names))
    tell(
        session,
        "announcement_sent",
        f"announcement_sent:{announcement.id}",
        now,
        campaign_id=announcement.campaign_id,
        announcement_id=str(announcement.id),
        title=announcement.title,
        by=by.name,
        recipients=len(addressees),
    )
    return announcement


def discard_announcement(session: Session, by: Identity, announcement_id: UUID, now: datetime) -> Announcement:
    """Put a draft away unsent; raises `Conflict` if it is out already. Twice is the same as once."""
    announcement = queries.get_announcement(session, by, announcement_id, lock=True)
    if announcement.state == State.DISCARDED:
        return announcement
    if announcement.state == State.SENT:
        raise Conflict("This announcement is out already. Nothing takes a mail back.")
    announcement.state, announcement.updated_at = State.DISCARDED, now
    session.flush()
    note(session, by, "discarded the announcement", announcement.id, at=now)
    announce(session, TOPIC)
    return announcement


def letter_data(announcement: Announcement, campaign: str, *, may_look: bool = True) -> Mapping[str, str | bool]:
    """What the letter `announcement` needs to know; `may_look` says whether its reader can sign in."""
    return {
        "title": announcement.title,
        "body": announcement.body,
        "campaign": campaign,
        "campaign_id": str(announcement.campaign_id),
        "may_look": may_look,
    }


def _get_draft(session: Session, by: Identity, announcement_id: UUID) -> Announcement:
    announcement = queries.get_announcement(session, by, announcement_id, lock=True)
    if announcement.state != State.DRAFT:
        raise Conflict("Only a draft can be changed, and this one is sent or discarded.")
    return announcement


def _tell_of_target(session: Session, reached: ReachedTarget, draft: Announcement) -> None:
    tell(
        session,
        "target_reached",
        reached.key,
        reached.reached_at,
        campaign_id=reached.campaign_id,
        name=reached.name,
        unit=reached.unit,
        value=plain(reached.value),
        target=plain(reached.target),
    )
    tell(
        session,
        "announcement_drafted",
        f"announcement_drafted:{draft.id}",
        draft.created_at,
        campaign_id=draft.campaign_id,
        staff_only=True,
        announcement_id=str(draft.id),
        title=draft.title,
    )


def _mail_target(session: Session, reached: ReachedTarget, campaign: str, draft: Announcement, now: datetime) -> None:
    addressees = list_addressees(session, reached.campaign_id)
    places = {each.organisation_id for each in addressees if each.organisation_id}
    organisations = known.name_organisations(session, places)
    for each in addressees:
        queue_message(
            session,
            each.recipient,
            "target_reached",
            _target_letter_data(reached, campaign, draft, each, organisations),
            now,
            key=f"{reached.key}:{each.id}",
            campaign_id=reached.campaign_id,
        )


def _target_letter_data(
    reached: ReachedTarget,
    campaign: str,
    draft: Announcement,
    addressee: Addressee,
    organisations: Mapping[UUID, str],
) -> Mapping[str, str | bool | None]:
    place = addressee.organisation_id
    return {
        "recipient": addressee.recipient.name,
        "campaign": campaign,
        "campaign_id": str(reached.campaign_id),
        "name": reached.name,
        "unit": reached.unit,
        "value": plain(reached.value),
        "target": plain(reached.target),
        "reached_at": reached.reached_at.isoformat(),
        "announcement_id": str(draft.id) if addressee.is_owner else None,
        "organisation": organisations.get(place) if place else None,
        "may_look": addressee.recipient.person_id is not None,
    }
