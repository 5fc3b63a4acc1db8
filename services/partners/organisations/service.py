"""Use cases: registering organisations, keeping what is known of them right, and where they stand with us."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, TypedDict, Unpack
from uuid import UUID

from sqlalchemy import update
from sqlalchemy.orm import Session

from services.partners.events import OrganisationChanged, OrganisationRegistered
from services.partners.organisations.likeness import list_match_keys
from services.partners.organisations.models import (
    PROSPECT,
    MergedOrganisation,
    Organisation,
    SavedView,
    StageChange,
    TrackFile,
    TrackRecord,
)
from services.partners.organisations.queries import (
    find_own_view,
    get_organisation,
    get_own_view,
    get_track_file,
    get_track_record,
    list_unindexed,
    lock_stages,
)
from shared.database.history import note
from shared.database.versions import require_version
from shared.errors import Invalid, NotFound
from shared.files import StoredFile
from shared.identity import Identity
from shared.messaging.outbox import record

INDEXED_AT_ONCE = 500
MOST_FILES = 10
#: What other services keep a copy of, and so are told.
PUBLISHED = ("name", "kind", "country", "website", "logo")


class Profile(TypedDict, total=False):
    """What need not be known of an organisation, as `OrganisationSchema` loads it."""

    registration_number: str | None
    mission: str | None
    values: str | None
    focus: list[dict[str, Any]]
    places: list[str]
    reach: str | None
    people_reached: int | None
    handles: list[dict[str, str]]
    brand_notes: str | None


class Details(Profile):
    """What a new organisation is registered with."""

    name: str
    kind: str
    country: str
    website: str | None


class Changes(Profile, total=False):
    """What may change; what is left out stays as it is."""

    name: str
    kind: str
    country: str
    website: str | None


class TrackDetails(TypedDict):
    """What `TrackRecordSchema` loads."""

    title: str
    first_year: int
    last_year: int | None
    done: str
    result: str | None
    evidence: str | None


def register_organisation(session: Session, by: Identity, now: datetime, **details: Unpack[Details]) -> Organisation:
    """A new organisation, announced to the other services."""
    organisation = Organisation(
        created_at=now, updated_at=now, stage=PROSPECT, stage_changed_at=None, focus=[], places=[], handles=[]
    )
    organisation.fill(dict(details))
    session.add(organisation)
    session.flush()
    record(session, OrganisationRegistered(organisation.id, **_tell(organisation)), now=now)
    note(session, by, "registered the organisation", organisation.id, at=now, name=organisation.name)
    return organisation


def change_organisation(
    session: Session,
    by: Identity,
    organisation_id: UUID,
    seen_version: int,
    now: datetime,
    **details: Unpack[Changes],
) -> Organisation:
    """The organisation with these details, the others kept; raises `Stale` if it changed since `seen_version`."""
    organisation = get_organisation(session, by, organisation_id)
    require_version(session, organisation, seen_version)
    changed = {name: value for name, value in details.items() if getattr(organisation, name) != value}
    if not changed:
        return organisation
    before = {name: getattr(organisation, name) for name in changed}
    organisation.fill(changed)
    organisation.updated_at = now
    if changed.keys() & set(PUBLISHED):
        record(session, OrganisationChanged(organisation.id, **_tell(organisation)), now=now)
    note(session, by, "changed the details", organisation.id, at=now, before=before, after=changed)
    session.flush()
    return organisation


def set_logo(session: Session, by: Identity, organisation_id: UUID, sha256: str | None, now: datetime) -> Organisation:
    """Show the stored picture of this name as the organisation's logo, or none."""
    organisation = get_organisation(session, by, organisation_id)
    if organisation.logo != sha256:
        organisation.logo, organisation.updated_at = sha256, now
        record(session, OrganisationChanged(organisation.id, **_tell(organisation)), now=now)
        note(session, by, "changed the logo", organisation_id, at=now)
        session.flush()
    return organisation


def change_stage(
    session: Session, by: Identity, organisation_id: UUID, stage: str, reason: str, now: datetime
) -> StageChange | None:
    """Move an organisation on the board, for a reason that stays on record; None if it stands there already."""
    changes = change_stages(session, by, [organisation_id], stage, reason, now)
    return changes[0] if changes else None


def change_stages(
    session: Session, by: Identity, organisation_ids: Sequence[UUID], stage: str, reason: str, now: datetime
) -> Sequence[StageChange]:
    """Move several at once; returns the moves of those that stood elsewhere. Raises `NotFound` if one is unknown."""
    before = lock_stages(session, by, organisation_ids)
    if len(before) < len(set(organisation_ids)):
        raise NotFound
    moved = [each for each, there in before.items() if there != stage]
    # Nobody edited the details: the version stays, so that an edit under way is not refused.
    session.execute(
        update(Organisation)
        .where(Organisation.id.in_(moved))
        .values(stage=stage, stage_changed_at=now, updated_at=now)
        .execution_options(synchronize_session="fetch")
    )
    changes = [
        StageChange(
            created_at=now, organisation_id=each, before=before[each], after=stage, reason=reason,
            person_id=by.person_id, person_name=by.name,
        )
        for each in moved
    ]  # fmt: skip
    session.add_all(changes)
    for each in changes:
        told = {"before": {"stage": each.before}, "after": {"stage": stage}, "reason": reason}
        note(session, by, "moved it on the board", each.organisation_id, at=now, **told)
    session.flush()
    return changes


def add_track_record(
    session: Session, by: Identity, organisation_id: UUID, now: datetime, **details: Unpack[TrackDetails]
) -> TrackRecord:
    """Something that the organisation did earlier."""
    organisation = get_organisation(session, by, organisation_id)
    entry = TrackRecord(created_at=now, updated_at=now, organisation_id=organisation.id, **details)
    session.add(entry)
    session.flush()
    note(session, by, "added to the track record", organisation_id, at=now, title=entry.title)
    return entry


def change_track_record(
    session: Session,
    by: Identity,
    organisation_id: UUID,
    record_id: UUID,
    seen_version: int,
    now: datetime,
    **details: Unpack[TrackDetails],
) -> TrackRecord:
    """The entry with these details; raises `Stale` if it changed since `seen_version`."""
    entry = get_track_record(session, by, organisation_id, record_id)
    require_version(session, entry, seen_version)
    changed = {name: value for name, value in details.items() if getattr(entry, name) != value}
    if not changed:
        return entry
    before = {name: getattr(entry, name) for name in changed}
    for name, value in changed.items():
        setattr(entry, name, value)
    entry.updated_at = now
    told = {"title": entry.title, "before": before, "after": changed}
    note(session, by, "changed the track record", organisation_id, at=now, **told)
    session.flush()
    return entry


def remove_track_record(session: Session, by: Identity, organisation_id: UUID, record_id: UUID, now: datetime) -> None:
    """Take an entry out; the history keeps what it said."""
    entry = get_track_record(session, by, organisation_id, record_id)
    said = {"title": entry.title, "done": entry.done, "result": entry.result, "evidence": entry.evidence}
    note(session, by, "removed from the track record", organisation_id, at=now, **said)
    session.delete(entry)
    session.flush()


def add_track_file(
    session: Session, by: Identity, organisation_id: UUID, record_id: UUID, file: StoredFile, now: datetime
) -> TrackFile:
    """A file that shows what an entry says."""
    entry = get_track_record(session, by, organisation_id, record_id)
    if len(entry.files) >= MOST_FILES:
        raise Invalid({"file": f"An entry holds at most {MOST_FILES} files. Take one out first."})
    made = TrackFile(created_at=now, record_id=record_id, added_by=by.person_id)
    made.set_file(file)
    entry.files.append(made)
    note(session, by, "added evidence to the track record", organisation_id, at=now, title=entry.title, file=file.name)
    session.flush()
    return made


def remove_track_file(session: Session, by: Identity, organisation_id: UUID, file_id: UUID, now: datetime) -> None:
    """Take a file out; the history keeps its name."""
    file = get_track_file(session, by, organisation_id, file_id)
    entry = get_track_record(session, by, organisation_id, file.record_id)
    told = {"title": entry.title, "file": file.file_name}
    note(session, by, "removed evidence from the track record", organisation_id, at=now, **told)
    entry.files.remove(file)
    session.flush()


def forward_organisation(session: Session, merged_id: UUID, survivor_id: UUID, now: datetime) -> None:
    """Leave of a record only where it leads to; fails while anything still points to it, so that nothing is lost."""
    merged = session.get_one(Organisation, merged_id)
    details = {
        column.key: value if value is None or isinstance(value, (str, int, list)) else str(value)
        for column in Organisation.__table__.columns
        if (value := getattr(merged, column.key)) is not None
    }
    session.delete(merged)
    session.add(MergedOrganisation(id=merged_id, created_at=now, survivor_id=survivor_id, details=details))
    session.flush()


def index_organisations(session: Session, _now: datetime) -> bool:
    """A due job: make the match keys of organisations that have none; returns whether there may be more of them."""
    found = list_unindexed(session, INDEXED_AT_ONCE)
    for organisation in found:
        organisation.set_match_keys(list_match_keys(organisation.name))
    session.flush()
    return len(found) == INDEXED_AT_ONCE


def save_view(
    session: Session, by: Identity, name: str, filters: dict[str, str], shared: bool, now: datetime
) -> SavedView:
    """Keep a list's filters under a name; one of the person's own with this name is replaced."""
    view = find_own_view(session, by, name) or SavedView(created_at=now, person_id=by.person_id, name=name)
    view.person_name, view.filters, view.shared = by.name, filters, shared
    session.add(view)
    session.flush()
    return view


def delete_view(session: Session, by: Identity, view_id: UUID) -> SavedView:
    """Delete one of the person's own views."""
    view = get_own_view(session, by, view_id)
    session.delete(view)
    session.flush()
    return view


def _tell(organisation: Organisation) -> dict[str, Any]:
    return {name: getattr(organisation, name) for name in PUBLISHED}
