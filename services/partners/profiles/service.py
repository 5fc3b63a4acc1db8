"""Use cases: an organisation completes its own profile, and one of us takes what it says, change by change."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext
from sqlalchemy.orm import Session

from services.partners.contacts.queries import find_liaison, find_owner, map_contacts
from services.partners.history import FIELDS
from services.partners.mails import Action, Addressee, request_mail
from services.partners.organisations.queries import get_organisation, get_track_record, lock_organisation
from services.partners.organisations.service import add_track_file, add_track_record, change_organisation, set_logo
from services.partners.people.queries import find_person
from services.partners.profiles.models import (
    FILE,
    LEFT,
    LOGO,
    OPEN,
    RECORD,
    SENT,
    SETTLED,
    TAKEN,
    ProfileChange,
    ProfileUpdate,
)
from services.partners.profiles.queries import find_open_update, get_sent_update, lock_update
from shared.clock import new_id
from shared.database.history import note
from shared.database.links import make_link, revoke_links
from shared.database.versions import require_version
from shared.errors import Conflict, Invalid
from shared.files import StoredFile
from shared.identity import Identity

PURPOSE = "profile.complete"
LASTS = timedelta(days=30)
#: A link that went astray must not fill the store.
MOST_ADDED = 40
LOGO_NAME = _l("Logo")


@dataclass(frozen=True)
class Decision:
    """What becomes of one change; what is left out says why."""

    take: bool
    reason: str = ""


def ask_profile(
    session: Session, by: Identity, organisation_id: UUID, now: datetime, *, message: str,
    address: Callable[[str], str],
) -> ProfileUpdate:  # fmt: skip
    """Mail the liaison a link by which they complete the profile; `address` makes it of a secret.

    What they typed already stays, and earlier links end. Raises `Conflict` where there is nobody to mail.
    """
    lock_organisation(session, organisation_id)
    organisation = get_organisation(session, by, organisation_id)
    liaison = find_liaison(session, organisation_id)
    if liaison is None or liaison.email is None:
        raise Conflict("There is no liaison with an e-mail address. Name one under Contacts first.")
    update = open_update(session, by, organisation_id, now)
    update.asked_by, update.message, update.updated_at = by.person_id, message, now
    session.flush()
    revoke_links(session, now, purpose=PURPOSE, subject_id=update.id)
    secret = make_link(session, purpose=PURPOSE, subject_id=update.id, holder=liaison.holder, now=now, lasts=LASTS)
    paragraphs = [
        message,
        _("The link below shows what we know of %(name)s. Complete it, correct it, and send us your changes; you can "
          "stop at any time and go on later. We look at each change before it counts.", name=organisation.name),
    ]  # fmt: skip
    request_mail(
        session, liaison.addressee,
        _("Is this right? The profile of %(name)s", name=organisation.name), [each for each in paragraphs if each], now,
        about=update.id, because=_("You are the liaison of %(name)s.", name=organisation.name), reply_to=by.email,
        action=Action(_("Complete the profile"), address(secret), now + LASTS),
    )  # fmt: skip
    note(session, by, "asked for its profile", organisation_id, at=now, name=liaison.name)
    return update


def open_update(session: Session, by: Identity, organisation_id: UUID, now: datetime) -> ProfileUpdate:
    """What the organisation is writing, begun now if it isn't writing anything."""
    get_organisation(session, by, organisation_id)
    lock_organisation(session, organisation_id)
    found = find_open_update(session, organisation_id)
    if found is None:
        found = ProfileUpdate(organisation_id=organisation_id, typed={}, added=[], created_at=now, updated_at=now)
        session.add(found)
        session.flush()
    return found


def keep_typed(
    session: Session, update: ProfileUpdate, section: str, typed: Mapping[str, Sequence[str]], now: datetime
) -> None:
    """Keep a section exactly as typed, right or wrong; an earlier text of it is replaced."""
    _require_open(session, update)
    update.typed = {**update.typed, section: {name: list(texts) for name, texts in typed.items()}}
    update.updated_at = now
    session.flush()


def add_wish(
    session: Session, by: Identity, update: ProfileUpdate, name: str, wanted: Mapping[str, Any], now: datetime
) -> UUID:
    """Keep what is to be added: a `RECORD`, a `FILE` of an entry, or the `LOGO`, of which there is one."""
    _require_open(session, update)
    others = [each for each in update.added if name != LOGO or each["name"] != LOGO]
    if len(others) >= MOST_ADDED:
        raise Conflict("That is enough for one time. Send it, and add the rest afterwards.")
    if name == FILE:
        entry = wanted["record_id"]
        if entry not in {each["id"] for each in others if each["name"] == RECORD}:
            get_track_record(session, by, update.organisation_id, UUID(entry))
    wish_id = new_id()
    update.added = [*others, {"id": str(wish_id), "name": name, "wanted": dict(wanted)}]
    update.updated_at = now
    session.flush()
    return wish_id


def drop_wish(session: Session, update: ProfileUpdate, wish_id: UUID, now: datetime) -> None:
    """Take out what was to be added, and the files of an entry with it."""
    _require_open(session, update)
    gone = str(wish_id)
    update.added = [each for each in update.added if gone not in (each["id"], each["wanted"].get("record_id"))]
    update.updated_at = now
    session.flush()


def list_changes(
    session: Session, by: Identity, update: ProfileUpdate, wanted: Mapping[str, Any]
) -> list[ProfileChange]:
    """What would be sent: the fields of `wanted` that differ from the register, and what is to be added."""
    organisation = get_organisation(session, by, update.organisation_id)
    found = [
        (name, {"was": getattr(organisation, name), "wanted": value})
        for name, value in wanted.items()
        if (getattr(organisation, name) or None) != (value or None)
    ]
    order = (LOGO, RECORD, FILE)
    for each in sorted(update.added, key=lambda each: order.index(each["name"])):
        was = organisation.logo if each["name"] == LOGO else None
        found.append((each["name"], {"was": was, "wanted": each["wanted"] | {"id": each["id"]}}))
    return [ProfileChange(place=place, name=name, values=values) for place, (name, values) in enumerate(found)]


def send_update(
    session: Session, by: Identity, update: ProfileUpdate, wanted: Mapping[str, Any], now: datetime
) -> ProfileUpdate:
    """Hand the changes over to us; whoever asked for them, or sees to the organisation, gets a mail."""
    lock_update(session, update.id)
    _require_open(session, update)
    changes = list_changes(session, by, update, wanted)
    if not changes:
        raise Conflict("Nothing differs from what we have. Change something first.")
    for each in changes:
        each.created_at = now
    update.changes = changes
    update.state, update.sent_at, update.updated_at = SENT, now, now
    update.sent_by, update.sent_by_name = by.person_id, by.name
    session.flush()
    organisation = get_organisation(session, by, update.organisation_id)
    reader = find_reader(session, update)
    if reader is not None:
        told = ngettext("%(who)s proposes one change to the profile of %(name)s.",
                        "%(who)s proposes %(num)s changes to the profile of %(name)s.",
                        len(changes), who=by.name, name=organisation.name)  # fmt: skip
        request_mail(
            session, reader, _("%(name)s sent changes to its profile", name=organisation.name),
            [told, _("Nothing of it counts before you have taken it.")], now, about=update.id,
            because=_("You asked for it, or you look after %(name)s.", name=organisation.name),
            action=Action(_("Look at the changes"), f"/partners/profile-updates/{update.id}"),
        )  # fmt: skip
    note(session, by, "sent changes to its profile", update.organisation_id, at=now)
    note(session, by, "sent changes to its profile", update.id, at=now)
    return update


def decide_changes(
    session: Session,
    by: Identity,
    update_id: UUID,
    decisions: Mapping[UUID, Decision],
    seen_version: int,
    now: datetime,
) -> ProfileUpdate:
    """Take or leave out changes by their ids; once all are decided, whoever sent them is told by mail.

    `seen_version` is the organisation's, so that nobody overwrites what they did not see: raises `Stale`. What is
    left out needs a reason: `Invalid` names `reason_<change's id>`.
    """
    lock_update(session, update_id)
    update = get_sent_update(session, by, update_id)
    session.refresh(update)
    organisation = get_organisation(session, by, update.organisation_id)
    require_version(session, organisation, seen_version)
    wanted = [(each, decisions[each.id]) for each in update.waiting if each.id in decisions]
    if not wanted:
        raise Conflict("Nothing was decided. Choose for at least one change that still waits.")
    unsaid = {f"reason_{each.id}": "Say why: they read it." for each, one in wanted if not one.take and not one.reason}
    if unsaid:
        raise Invalid(unsaid)
    _check_files(update, {each.id: one.take for each, one in wanted})
    for each, decision in wanted:
        each.state, each.reason = (TAKEN, "") if decision.take else (LEFT, decision.reason)
        each.decided_by, each.decided_at = by.person_id, now
    _carry_over(session, by, update, [each for each, _one in wanted if each.state == TAKEN], seen_version, now)
    update.updated_at = now
    taken = sum(each.state == TAKEN for each, _one in wanted)
    note(session, by, "decided on changes to its profile", update.id, at=now, taken=taken, left=len(wanted) - taken)
    if not update.waiting:
        _settle(session, by, update, now)
    session.flush()
    return update


def find_reader(session: Session, update: ProfileUpdate) -> Addressee | None:
    """Who of us is told what the organisation sent: who asked for it, or else its owner."""
    asked = find_person(session, update.asked_by) if update.asked_by else None
    found = asked if asked is not None and asked.active else find_owner(session, update.organisation_id)
    if found is None or not found.active:
        return None
    return found.addressee


def find_sender(session: Session, update: ProfileUpdate) -> Addressee | None:
    """Who is told what we took: who sent it, or the liaison if they have left."""
    place = update.organisation_id
    contact = map_contacts(session, [update.sent_by]).get(update.sent_by) if update.sent_by else None
    person = find_person(session, update.sent_by) if update.sent_by and contact is None else None
    if person is not None and person.active:
        return person.addressee
    if contact is None or not contact.active or contact.email is None:
        contact = find_liaison(session, place)
    if contact is None or contact.email is None:
        return None
    return contact.addressee


def _check_files(update: ProfileUpdate, takes: Mapping[UUID, bool]) -> None:
    """A file of a proposed entry is taken with that entry or after it."""
    entries = {each.wanted["id"]: takes.get(each.id, each.state == TAKEN) for each in update.changes
               if each.name == RECORD}  # fmt: skip
    for each in update.changes:
        if each.name == FILE and takes.get(each.id) and not entries.get(each.wanted["record_id"], True):
            raise Invalid({f"reason_{each.id}": "Take the entry that it belongs to as well, or leave it out."})


def _carry_over(
    session: Session, by: Identity, update: ProfileUpdate, taken: Sequence[ProfileChange], seen_version: int,
    now: datetime,
) -> None:  # fmt: skip
    """Bring what was taken into the register, each by the use case that anyone of us would use."""
    place = update.organisation_id
    added = (LOGO, RECORD, FILE)
    details: Any = {each.name: each.wanted for each in taken if each.name not in added}
    if details:
        change_organisation(session, by, place, seen_version, now, **details)
    # Entries that were taken earlier, by the id that they were proposed under.
    made = {each.wanted["id"]: UUID(each.values["entry"]) for each in update.changes if "entry" in each.values}
    for each in taken:
        wanted = each.wanted
        if each.name == LOGO:
            set_logo(session, by, place, wanted["file"]["sha256"], now)
        elif each.name == RECORD:
            entry = add_track_record(session, by, place, now, **wanted["details"])
            each.values = {**each.values, "entry": str(entry.id)}
            made[wanted["id"]] = entry.id
        elif each.name == FILE:
            record_id = made.get(wanted["record_id"]) or UUID(wanted["record_id"])
            add_track_file(session, by, place, record_id, StoredFile(**wanted["file"]), now)


def _settle(session: Session, by: Identity, update: ProfileUpdate, now: datetime) -> None:
    update.state, update.settled_at = SETTLED, now
    to = find_sender(session, update)
    if to is None:
        return
    name = get_organisation(session, by, update.organisation_id).name
    taken = [each for each in update.changes if each.state == TAKEN]
    left = [each for each in update.changes if each.state == LEFT]
    said = [_("Thank you for looking after the profile of %(name)s.", name=name)]
    if taken:
        said.append(_("We took over: %(what)s.", what="; ".join(map(name_change, taken))))
    said += [_("We left out: %(what)s. %(why)s", what=name_change(each), why=each.reason) for each in left]
    request_mail(
        session, to, _("What we took over into the profile of %(name)s", name=name), said, now, about=update.id,
        because=_("You sent us changes to the profile of %(name)s.", name=name), reply_to=by.email,
    )  # fmt: skip


def name_change(change: ProfileChange) -> str:
    """What a change is of, in a few words."""
    if change.name == RECORD:
        return str(_("Track record: %(title)s", title=change.wanted["details"]["title"]))
    if change.name == FILE:
        return str(_("Evidence: %(file)s", file=change.wanted["file"]["name"]))
    return str(LOGO_NAME if change.name == LOGO else FIELDS[change.name])


def _require_open(session: Session, update: ProfileUpdate) -> None:
    session.refresh(update)
    if update.state != OPEN:
        raise Conflict("This was sent already. Write to us if something in it is wrong.")


def describe_file(file: StoredFile) -> dict[str, Any]:
    """A stored file as a wish keeps it."""
    return asdict(file)
