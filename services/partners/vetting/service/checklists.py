"""What is looked at in a vetting. A change is a new version; vettings that run keep the one they began with."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final, TypedDict, cast
from uuid import NAMESPACE_URL, uuid5

from sqlalchemy.orm import Session

from services.partners.vetting.models import Checklist
from services.partners.vetting.queries import current_checklist
from shared.clock import new_id
from shared.database.history import note
from shared.errors import Conflict, Invalid, NotFound, Stale
from shared.identity import Identity

#: What the checklist is in the history, which needs an id.
CHECKLIST_ID: Final = uuid5(NAMESPACE_URL, "saypro:vetting-checklist")
MOST_ITEMS: Final = 40


class Item(TypedDict):
    """One thing to look at. `months` says how long an answer is good; None for as long as its evidence is."""

    key: str
    label: str
    help: str
    required: bool
    months: int | None


def _item(key: str, label: str, help: str, months: int | None, *, required: bool = True) -> Item:
    return Item(key=key, label=label, help=help, required=required, months=months)


#: What we begin with.
DEFAULT_ITEMS: Final[tuple[Item, ...]] = (
    _item("registration", "Registration confirmed",
          "The number is in the public register, the name and the people in charge agree with it.", 24),
    _item("governance", "Governance",
          "A constitution or founding document, and a board that meets and is not one family.", 24),
    _item("safeguarding", "Safeguarding policy",
          "How children and adults at risk are protected, and whom to tell when something is wrong.", 24),
    _item("accounts", "Financial accounts",
          "The last two years' accounts, audited or reviewed where the law asks for it.", 12),
    _item("sanctions", "Sanctions and adverse media",
          "Neither it nor those in charge are on a sanctions list, and no serious allegation stands unanswered.", 6),
    _item("references", "References",
          "Two earlier partners or funders who would work with them again.", 24),
    _item("data_protection", "Data protection",
          "Who looks after personal data, and how it is kept and deleted.", 24),
    _item("insurance", "Insurance",
          "Public liability cover for what they do with volunteers. The certificate says until when.", None,
          required=False),
)  # fmt: skip


def read_checklist(session: Session) -> tuple[int, Sequence[Item]]:
    """The version in use and its items in order; version 1 is `DEFAULT_ITEMS`."""
    found = current_checklist(session)
    if found is None:
        return 1, DEFAULT_ITEMS
    return found.number, cast(Sequence[Item], found.items)


def find_item(items: Sequence[Item], key: str) -> Item:
    found = next((each for each in items if each["key"] == key), None)
    if found is None:
        raise NotFound
    return found


def save_item(
    session: Session, by: Identity, key: str | None, seen: int, now: datetime, *, reason: str, **words: Any
) -> Checklist:
    """The checklist with this item changed, or added at the end if `key` is None; `words` are an item's but its key.

    `seen` is the version that the editor looked at; raises `Stale` if there is a newer one.
    """
    number, items = _read_seen(session, seen)
    if any(each["label"] == words["label"] and each["key"] != key for each in items):
        raise Invalid({"label": "Another item has this name."})
    if key is None:
        if len(items) >= MOST_ITEMS:
            raise Conflict(f"A checklist holds at most {MOST_ITEMS} items. Take one off first.")
        items = [*items, cast(Item, {"key": new_id().hex, **words})]
    else:
        find_item(items, key)
        items = [cast(Item, {"key": key, **words}) if each["key"] == key else each for each in items]
    return _keep(session, by, number + 1, items, reason, words["label"], now)


def drop_item(session: Session, by: Identity, key: str, seen: int, now: datetime, *, reason: str) -> Checklist:
    """The checklist without this item; raises `Conflict` for the last one."""
    number, items = _read_seen(session, seen)
    dropped = find_item(items, key)
    if len(items) == 1:
        raise Conflict("A checklist needs at least one item.")
    return _keep(
        session, by, number + 1, [each for each in items if each is not dropped], reason, dropped["label"], now
    )


def _read_seen(session: Session, seen: int) -> tuple[int, Sequence[Item]]:
    number, items = read_checklist(session)
    if number != seen:
        raise Stale("Someone changed the checklist since you opened it. Look at it, then send your change again.")
    return number, items


def _keep(
    session: Session, by: Identity, number: int, items: Sequence[Item], reason: str, label: str, now: datetime
) -> Checklist:
    made = Checklist(number=number, items=list(items), reason=reason, changed_by=by.person_id, created_at=now)
    session.add(made)
    session.flush()
    note(session, by, "changed the vetting checklist", CHECKLIST_ID, at=now, item=label, reason=reason)
    return made
