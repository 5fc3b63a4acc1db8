"""Use cases: writing down that we were in touch, and what was promised then."""

from datetime import UTC, date, datetime, timedelta
from typing import TypedDict, Unpack
from uuid import UUID

from sqlalchemy.orm import Session

from services.partners.contacts.queries import list_contacts
from services.partners.interactions.models import Interaction, LastContact, Participant
from services.partners.interactions.queries import (
    find_last_contact,
    find_latest_instant,
    get_interaction,
)
from services.partners.organisations.queries import get_organisation, lock_organisation
from services.partners.people.queries import list_staff
from services.partners.promises.service import make_promise
from shared.database.history import note
from shared.database.versions import require_version
from shared.errors import Invalid
from shared.identity import Identity

#: Clocks differ, and a visit is written down on its last day; what lies further ahead is a meeting to be planned.
AHEAD = timedelta(hours=12)


class InteractionDetails(TypedDict):
    """What `InteractionSchema` loads."""

    kind: str
    at: datetime
    contact_ids: list[UUID]
    person_ids: list[UUID]
    summary: str


class StepDetails(TypedDict):
    """What comes next; `owner_id` is the id of one of us or of a contact."""

    text: str
    due_on: date
    owner_id: UUID


def log_interaction(
    session: Session,
    by: Identity,
    organisation_id: UUID,
    now: datetime,
    *,
    step: StepDetails | None = None,
    **details: Unpack[InteractionDetails],
) -> Interaction:
    """Write down that we were in touch, and with `step` what comes next; raises `Invalid` for strangers to it."""
    get_organisation(session, by, organisation_id)
    interaction = Interaction(organisation_id=organisation_id, created_at=now, updated_at=now)
    _fill(session, by, interaction, now, details)
    session.add(interaction)
    session.flush()
    _keep_last_contact(session, organisation_id, now)
    note(session, by, "wrote it down", interaction.id, at=now)
    note(session, by, f"noted a {details['kind']}", organisation_id, at=now)
    if step is not None:
        _promise_step(session, by, interaction, step, now)
    return interaction


def change_interaction(
    session: Session,
    by: Identity,
    interaction_id: UUID,
    seen_version: int,
    now: datetime,
    **details: Unpack[InteractionDetails],
) -> Interaction:
    """The interaction with these details; raises `Stale` if it changed since `seen_version`."""
    interaction = get_interaction(session, by, interaction_id)
    require_version(session, interaction, seen_version)
    _fill(session, by, interaction, now, details)
    interaction.updated_at = now
    session.flush()
    _keep_last_contact(session, interaction.organisation_id, now)
    note(session, by, "corrected it", interaction.id, at=now)
    return interaction


def _promise_step(session: Session, by: Identity, interaction: Interaction, step: StepDetails, now: datetime) -> None:
    """What comes next is a promise of whoever's it is: one of us, or one of theirs."""
    organisation_id, owner_id = interaction.organisation_id, step["owner_id"]
    theirs = {each.id for each in list_contacts(session, by, organisation_id)}
    try:
        make_promise(
            session, by, organisation_id, now, text=step["text"], due_on=step["due_on"], owner_id=owner_id,
            owed_by="them" if owner_id in theirs else "us", source="interaction", source_id=interaction.id,
        )  # fmt: skip
    except Invalid as invalid:
        raise Invalid({f"step_{name}": why for name, why in invalid.fields.items()}) from invalid


def _fill(session: Session, by: Identity, interaction: Interaction, now: datetime, details: InteractionDetails) -> None:
    problems = {}
    if details["at"] > now + AHEAD:
        problems["at"] = "That is still to come. Plan a meeting instead."
    wanted, there = set(details["contact_ids"]), set(interaction.contact_ids)
    # Who has left since may stay where they took part.
    if wanted - there - {each.id for each in list_contacts(session, by, interaction.organisation_id)}:
        problems["contact_ids"] = "Choose from the organisation's contacts."
    ours = set(details["person_ids"])
    if ours - set(interaction.person_ids) - {each.id for each in list_staff(session)}:
        problems["person_ids"] = "Choose from our staff."
    if problems:
        raise Invalid(problems)
    interaction.kind, interaction.summary = details["kind"], details["summary"]
    interaction.at = details["at"].astimezone(UTC)
    kept = [each for each in interaction.participants if (each.contact_id or each.person_id) in wanted | ours]
    there |= set(interaction.person_ids)
    now_in = {"created_at": now}
    interaction.participants = [
        *kept,
        *(
            Participant(contact_id=each, **now_in)
            for each in dict.fromkeys(details["contact_ids"])
            if each not in there
        ),
        *(Participant(person_id=each, **now_in) for each in dict.fromkeys(details["person_ids"]) if each not in there),
    ]


def _keep_last_contact(session: Session, organisation_id: UUID, now: datetime) -> None:
    """Derived anew, because a correction may move the latest interaction back."""
    lock_organisation(session, organisation_id)
    latest = find_latest_instant(session, organisation_id)
    if latest is None:
        return
    kept = find_last_contact(session, organisation_id)
    if kept is None:
        session.add(LastContact(organisation_id=organisation_id, at=latest, created_at=now))
    else:
        kept.at = latest
    session.flush()
