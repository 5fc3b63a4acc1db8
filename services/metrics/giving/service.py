"""Use cases: taking in what partners report of contributions and stories, and saying what becomes of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import String, cast, func, literal, select, update
from sqlalchemy.orm import Session

from services.metrics.giving.items import ContributionItemSchema, StoryItemSchema, read_items, read_pictures
from services.metrics.giving.models import ACCEPTED, CONTRIBUTIONS, REPORTED, SET_ASIDE, STORIES
from services.metrics.giving.queries import MODELS, get_given, map_references
from services.metrics.known.queries import PATIENCE, list_partnerships
from shared.database.history import note
from shared.database.versions import require_version
from shared.errors import Conflict, Invalid
from shared.identity import Identity
from shared.messaging.subscriptions import NotYet
from shared.messaging.wake import announce

#: By the name of the kind in partners' submissions: what it brings, which is also what the list of items is called.
GIVEN = {"contributions.reported": CONTRIBUTIONS, "stories.shared": STORIES}
_ACTIONS = {
    ACCEPTED: {CONTRIBUTIONS: "verified the contribution", STORIES: "published the story"},
    SET_ASIDE: {CONTRIBUTIONS: "set the contribution aside", STORIES: "set the story aside"},
    REPORTED: {CONTRIBUTIONS: "took back what was said of the contribution", STORIES: "took the story back"},
}


@dataclass(frozen=True)
class Sent:
    """A partner's report of one of these kinds, as its event tells it."""

    submission_id: UUID
    organisation_id: UUID
    kind: str
    received_at: datetime
    #: When the event was published.
    told_at: datetime
    data: Mapping[str, Any]
    pictures: Sequence[Mapping[str, Any]] = ()

    @property
    def campaign_id(self) -> UUID | None:
        try:
            return UUID(self.data["campaign"])
        except (KeyError, ValueError, TypeError, AttributeError):
            return None


def take_given(session: Session, sent: Sequence[Sent], clock: datetime) -> None:
    """Keep what these reports hold, in order. The same again changes nothing; something else under the same reference
    corrects it, and has to be looked at again.

    Raises `NotYet` for what came moments ago (by `clock`) from an organisation that its campaign isn't known to have;
    later that is passed over.
    """
    members = list_partnerships(
        session,
        {each.campaign_id for each in sent if each.campaign_id is not None},
        {each.organisation_id for each in sent},
    )
    for each in sent:
        if each.campaign_id is None:
            continue
        if (each.campaign_id, each.organisation_id) in members:
            _take(session, each, each.campaign_id)
        elif clock - each.received_at < PATIENCE:
            raise NotYet(f"no news yet that organisation {each.organisation_id} is in campaign {each.campaign_id}")


def decide_given(
    session: Session,
    by: Identity,
    campaign_id: UUID,
    what: str,
    given_id: UUID,
    seen_version: int,
    now: datetime,
    *,
    status: str,
    reason: str = "",
) -> Any:
    """Verify a contribution or publish a story, set it aside for a `reason`, or take either back.

    Raises `Stale` if it changed since `seen_version`, `Conflict` where it stands so already, `Invalid` without reason.
    """
    given = get_given(session, by, campaign_id, what, given_id, today=now.date())
    require_version(session, given, seen_version)
    if given.status == status:
        raise Conflict("It stands so already.")
    if status == SET_ASIDE and not reason:
        raise Invalid({"reason": "Say why: its partner reads it."})
    given.status, given.reason, given.updated_at = status, reason if status == SET_ASIDE else "", now
    given.decided_by, given.decided_at = (None, None) if status == REPORTED else (by.name, now)
    session.flush()
    detail = {"reason": reason} if given.reason else {}
    note(session, by, _ACTIONS[status][what], given.id, at=now, title=given.title, **detail)
    announce(session, f"campaign:{campaign_id}")
    return given


def merge_given(session: Session, merged_id: UUID, survivor_id: UUID) -> None:
    """Let the survivor have what the merged organisation gave and told; where both used a reference, it says whose."""
    for model in MODELS.values():
        table = model.__table__
        theirs = table.alias()
        taken = (
            select(literal(1))
            .where(
                theirs.c.organisation_id == survivor_id,
                theirs.c.campaign_id == table.c.campaign_id,
                theirs.c.reference == table.c.reference,
            )
            .exists()
        )
        of_merged = table.c.organisation_id == merged_id
        renamed = func.substr(table.c.reference, 1, 160) + cast(literal(f" ({merged_id})"), String)
        session.execute(update(table).where(of_merged, taken).values(reference=renamed))
        session.execute(update(table).where(of_merged).values(organisation_id=survivor_id))
    session.expire_all()


def _take(session: Session, sent: Sent, campaign_id: UUID) -> None:
    what = GIVEN[sent.kind]
    told = _read(sent, what)
    there = map_references(session, MODELS[what], campaign_id, sent.organisation_id, list(told))
    moved = False
    for reference, values in told.items():
        given = there.get(reference)
        if given is None:
            given = MODELS[what](
                campaign_id=campaign_id, organisation_id=sent.organisation_id, reference=reference,
                created_at=sent.told_at, updated_at=sent.told_at, status=REPORTED, reason="",
            )  # fmt: skip
            session.add(given)
        elif given.as_of > sent.told_at or all(getattr(given, name) == value for name, value in values.items()):
            continue
        else:
            given.status, given.reason, given.decided_by, given.decided_at = REPORTED, "", None, None
            given.updated_at = sent.told_at
        for name, value in values.items():
            setattr(given, name, value)
        given.as_of, given.submission_id, moved = sent.told_at, sent.submission_id, True
    if moved:
        session.flush()
        announce(session, f"campaign:{campaign_id}")


def _read(sent: Sent, what: str) -> dict[str, dict[str, Any]]:
    if what == CONTRIBUTIONS:
        return read_items(ContributionItemSchema, sent.data.get(what))
    stories = read_items(StoryItemSchema, sent.data.get(what))
    for story in stories.values():
        # A form tells one story; what came along belongs to it.
        story["pictures"] = read_pictures(sent.pictures)
        story["day"] = story.pop("happened_on") or sent.received_at.date()
    return stories
