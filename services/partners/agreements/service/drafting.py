"""Writing the terms: versions come one after the other, and whatever was offered stays as it was."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from services.partners.agreements.models import STANDING, Agreement, Kind, State, Version, VersionState
from services.partners.agreements.queries import get_agreement, get_version
from services.partners.agreements.terms import complete_terms
from services.partners.organisations.queries import get_organisation
from shared.clock import new_id
from shared.database.history import note
from shared.database.links import revoke_links
from shared.database.versions import require_version
from shared.errors import Conflict, NotFound
from shared.identity import Identity

#: What a link to answer a version is for; its subject is the version.
ANSWERING = "agreement.answer"
#: The path that such links begin with; the secret follows.
LINKS = "/partners/agreements/s/"
#: A version in one of these can be written on in a new one; one that both sides accepted is amended or renewed.
REVISABLE = {
    VersionState.OFFERED,
    VersionState.CHANGES_ASKED,
    VersionState.DECLINED,
    VersionState.LAPSED,
    VersionState.WITHDRAWN,
}


def draft_agreement(
    session: Session, by: Identity, organisation_id: UUID, now: datetime, *, title: str, terms: Mapping[str, Any]
) -> Agreement:
    """A new agreement with its first draft; `terms` are whole, as `complete_terms` makes them."""
    get_organisation(session, by, organisation_id)
    agreement = Agreement(id=new_id(), created_at=now, updated_at=now, organisation_id=organisation_id)
    agreement.retitle(title)
    agreement.state, agreement.latest = State.PREPARING, 1
    session.add(agreement)
    session.flush()
    _add_version(session, by, agreement, Kind.ORIGINAL, "", terms, now)
    note(session, by, "drafted the agreement", agreement.id, at=now, title=title)
    return agreement


def begin_agreement(
    session: Session, by: Identity, organisation_id: UUID, now: datetime, *, title: str, purpose: str
) -> Agreement:
    """A new agreement of which no more than its purpose is known."""
    terms = complete_terms({"purpose": {"text": purpose}})
    return draft_agreement(session, by, organisation_id, now, title=title, terms=terms)


def retitle_agreement(
    session: Session, by: Identity, agreement_id: UUID, seen_version: int, now: datetime, title: str
) -> Agreement:
    """The agreement under another title, which is part of what is accepted: like any edit, it takes an offer back."""
    agreement = get_agreement(session, by, agreement_id, lock=True)
    require_version(session, agreement, seen_version)
    if title != agreement.title:
        before = agreement.title
        _open_draft(session, by, agreement, now)
        agreement.retitle(title)
        agreement.updated_at = now
        note(session, by, "changed the title", agreement.id, at=now, before={"title": before}, after={"title": title})
    session.flush()
    return agreement


def write_part(
    session: Session, by: Identity, agreement_id: UUID, seen_version: int, now: datetime, part: str, content: Any
) -> Agreement:
    """The agreement with `content` (plain JSON, as kept) in place of the named part of its terms.

    A version that was offered stays as it is: a new one takes its place, and what was accepted of the old one no
    longer counts. Raises `Stale`, or `Conflict` where both sides have accepted the newest version.
    """
    return _rewrite(session, by, agreement_id, seen_version, now, part, lambda _there: content)


def write_line(
    session: Session,
    by: Identity,
    agreement_id: UUID,
    seen_version: int,
    now: datetime,
    part: str,
    line: Mapping[str, Any],
    position: int | None = None,
) -> Agreement:
    """Like `write_part`, for one line of a listed part: at `position` from 0, or after the last."""

    def place(there: list[Any]) -> list[Any]:
        if position is None:
            return [*there, dict(line)]
        _require_line(there, position)
        return [*there[:position], dict(line), *there[position + 1 :]]

    return _rewrite(session, by, agreement_id, seen_version, now, part, place)


def remove_line(
    session: Session, by: Identity, agreement_id: UUID, seen_version: int, now: datetime, part: str, position: int
) -> Agreement:
    """Like `write_line`, without the line at `position`."""

    def take_out(there: list[Any]) -> list[Any]:
        _require_line(there, position)
        return [*there[:position], *there[position + 1 :]]

    return _rewrite(session, by, agreement_id, seen_version, now, part, take_out)


def write_terms(
    session: Session, by: Identity, agreement_id: UUID, seen_version: int, now: datetime, terms: Mapping[str, Any]
) -> Agreement:
    """Like `write_part`, for all parts at once."""
    agreement = get_agreement(session, by, agreement_id, lock=True)
    require_version(session, agreement, seen_version)
    version = _open_draft(session, by, agreement, now)
    if version.terms != terms:
        version.terms = dict(terms)
        agreement.updated_at = now
        note(session, by, "changed the terms", agreement.id, at=now, version=version.number)
    session.flush()
    return agreement


def revise_agreement(
    session: Session, by: Identity, agreement_id: UUID, seen_version: int, now: datetime, *, kind: str, reason: str
) -> Agreement:
    """Begin an amendment or a renewal of what both sides accepted. The accepted terms hold until both accept new ones.

    Raises `Conflict` where nothing holds yet, or a new version is under way already.
    """
    agreement = get_agreement(session, by, agreement_id, lock=True)
    require_version(session, agreement, seen_version)
    if agreement.state not in STANDING or agreement.agreed is None:
        raise Conflict("Only terms that both sides have accepted can be amended or renewed. Edit the draft instead.")
    newest = get_version(session, by, agreement, agreement.latest)
    if newest.state in REVISABLE or newest.state == VersionState.DRAFT:
        raise Conflict(f"Version {newest.number} is under way already. Finish or drop it first.")
    terms = get_version(session, by, agreement, agreement.agreed).terms
    agreement.latest += 1
    agreement.updated_at = now
    _add_version(session, by, agreement, Kind(kind), reason, terms, now)
    begun = "began a renewal" if kind == Kind.RENEWAL else "began an amendment"
    note(session, by, begun, agreement.id, at=now, version=agreement.latest, reason=reason)
    return agreement


def drop_version(
    session: Session, by: Identity, agreement_id: UUID, seen_version: int, now: datetime, reason: str
) -> Agreement:
    """Give the newest version up: a draft or an offer. What both sides accepted before it goes on to hold."""
    agreement = get_agreement(session, by, agreement_id, lock=True)
    require_version(session, agreement, seen_version)
    version = get_version(session, by, agreement, agreement.latest)
    if version.state != VersionState.DRAFT and version.state not in REVISABLE:
        raise Conflict("There is no draft or offer to give up.")
    close_version(session, version, VersionState.WITHDRAWN, now)
    if agreement.agreed is None:
        agreement.state = State.DROPPED
    agreement.updated_at = now
    note(session, by, "gave the version up", agreement.id, at=now, version=version.number, reason=reason)
    session.flush()
    return agreement


def close_version(session: Session, version: Version, state: VersionState, now: datetime) -> None:
    """Bring a version to an end. Whoever answered it can still read it; what was taken back leads nowhere."""
    version.state, version.closed_at = state, now
    if state in (VersionState.SUPERSEDED, VersionState.WITHDRAWN):
        revoke_links(session, now, purpose=ANSWERING, subject_id=version.id)


def _rewrite(
    session: Session,
    by: Identity,
    agreement_id: UUID,
    seen_version: int,
    now: datetime,
    part: str,
    change: Callable[[Any], Any],
) -> Agreement:
    agreement = get_agreement(session, by, agreement_id, lock=True)
    require_version(session, agreement, seen_version)
    newest = get_version(session, by, agreement, agreement.latest)
    content = change(newest.terms[part])
    if content != newest.terms[part]:
        version = _open_draft(session, by, agreement, now)
        version.terms = {**version.terms, part: content}
        agreement.updated_at = now
        note(session, by, "changed the terms", agreement.id, at=now, version=version.number, part=part)
    session.flush()
    return agreement


def _open_draft(session: Session, by: Identity, agreement: Agreement, now: datetime) -> Version:
    """The newest version if it is a draft still, else a new draft after it."""
    newest = get_version(session, by, agreement, agreement.latest)
    if newest.state == VersionState.DRAFT:
        return newest
    if newest.state not in REVISABLE:
        raise Conflict("Both sides have accepted these terms. Begin an amendment or a renewal to change them.")
    if newest.state == VersionState.OFFERED:
        close_version(session, newest, VersionState.SUPERSEDED, now)
    agreement.latest += 1
    if agreement.state == State.DROPPED:
        agreement.state = State.PREPARING
    return _add_version(session, by, agreement, Kind(newest.kind), newest.reason, newest.terms, now)


def _add_version(
    session: Session,
    by: Identity,
    agreement: Agreement,
    kind: Kind,
    reason: str,
    terms: Mapping[str, Any],
    now: datetime,
) -> Version:
    version = Version(
        created_at=now,
        agreement_id=agreement.id,
        number=agreement.latest,
        kind=kind,
        reason=reason,
        terms=dict(terms),
        state=VersionState.DRAFT,
        author_id=by.person_id,
        author_name=by.name,
    )
    session.add(version)
    session.flush()
    return version


def _require_line(there: list[Any], position: int) -> None:
    if not 0 <= position < len(there):
        raise NotFound
