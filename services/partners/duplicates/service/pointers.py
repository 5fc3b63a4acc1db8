"""What becomes of everything that points to an organisation when it is merged into another.

The list of what points there is read from the foreign keys of all tables, so that a feature added later is merged
too: its rows move. Only where a rule of uniqueness would stand in the way something has to be said here.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any
from uuid import UUID

from flask_babel import lazy_gettext as _l
from sqlalchemy import (
    Column,
    PrimaryKeyConstraint,
    Table,
    UniqueConstraint,
    and_,
    delete,
    exists,
    func,
    literal,
    select,
    text,
    true,
    update,
)
from sqlalchemy.orm import Session

from services.partners.database import Base

#: How pages call what moves; a table that is not here is called by its name.
MOVED_NAMES = {
    "agreements": _l("agreements"),
    "contacts": _l("contacts"),
    "evaluations": _l("evaluations"),
    "exit_packs": _l("packs to take along"),
    "figure_uses": _l("what its figures were used for"),
    "handovers": _l("hand-overs"),
    "import_rows": _l("rows of imported files"),
    "interactions": _l("calls, mails and visits"),
    "last_contacts": _l("when they were last in touch"),
    "meeting_organisations": _l("meetings"),
    "merged_organisations": _l("records that were merged into it"),
    "opportunities": _l("opportunities"),
    "owed_figures": _l("figures that it owes"),
    "owners": _l("who of us is responsible"),
    "people": _l("people who can sign in"),
    "profile_updates": _l("proposed profiles"),
    "promises": _l("promises"),
    "proposals": _l("proposals"),
    "refusals": _l("refused deliveries"),
    "replies": _l("replies to its reports"),
    "report_drafts": _l("reports that are being typed"),
    "report_pictures": _l("pictures of stories"),
    "scorecard_rounds": _l("scorecards"),
    "stage_changes": _l("moves on the board"),
    "submissions": _l("submissions"),
    "track_records": _l("track record entries"),
    "vettings": _l("vettings"),
    "webhook_keys": _l("webhook keys"),
}
#: Rows of which only one may stay, and why the merge waits until a person has chosen.
REFUSALS = {
    "contacts": _l("Both have a contact with the same e-mail address. Take it out of one of the two first."),
    "evaluations": _l("Both were scored by the same person in one round. Take one of them out of that round first."),
    "vettings": _l("Both are being vetted. Finish or stop one of the two first."),
}
Settle = Callable[[Session, Table, UUID, UUID], None]


def _keep_survivors(session: Session, table: Table, survivor_id: UUID, loser_id: UUID) -> None:
    """One row each: the survivor's stays, and the other's moves only where it has none."""
    if session.scalar(select(exists().where(table.c.organisation_id == survivor_id))):
        session.execute(delete(table).where(table.c.organisation_id == loser_id))


def _keep_latest(session: Session, table: Table, survivor_id: UUID, loser_id: UUID) -> None:
    """One row each that says when: the later instant stays."""
    both = select(func.max(table.c.at)).where(table.c.organisation_id.in_([survivor_id, loser_id]))
    latest = session.scalar(both)
    _keep_survivors(session, table, survivor_id, loser_id)
    if latest is not None:
        session.execute(update(table).where(table.c.organisation_id.in_([survivor_id, loser_id])).values(at=latest))


def _tell_apart(session: Session, table: Table, survivor_id: UUID, loser_id: UUID) -> None:
    """Deliveries of the same id from two systems are two: the merged one's ids say whose they were."""
    theirs = table.alias()
    taken = exists().where(theirs.c.organisation_id == survivor_id, theirs.c.message_id == table.c.message_id)
    renamed = func.substr(table.c.message_id, 1, 200) + literal(f" ({loser_id})")
    session.execute(update(table).where(table.c.organisation_id == loser_id, taken).values(message_id=renamed))


def _drop_second_drafts(session: Session, table: Table, survivor_id: UUID, loser_id: UUID) -> None:
    """Of two reports that are being typed for the same, the survivor's stays."""
    theirs = table.alias()
    same = [theirs.c[name] == table.c[name] for name in ("campaign_id", "kind")]
    taken = exists().where(theirs.c.organisation_id == survivor_id, *same)
    session.execute(delete(table).where(table.c.organisation_id == loser_id, taken))


def _drop_second_parties(session: Session, table: Table, survivor_id: UUID, loser_id: UUID) -> None:
    """A meeting with both is a meeting with the survivor, once."""
    theirs = table.alias()
    taken = exists().where(theirs.c.organisation_id == survivor_id, theirs.c.meeting_id == table.c.meeting_id)
    session.execute(delete(table).where(table.c.organisation_id == loser_id, taken))


def _drop_second_accounts(session: Session, table: Table, survivor_id: UUID, loser_id: UUID) -> None:
    """What both owe of one campaign's figures is told anew for the survivor."""
    theirs = table.alias()
    taken = exists().where(theirs.c.organisation_id == survivor_id, theirs.c.campaign_id == table.c.campaign_id)
    session.execute(delete(table).where(table.c.organisation_id == loser_id, taken))


def _unset(flag: str) -> Settle:
    """Of a mark that only one may bear, the survivor's stays."""

    def settle(session: Session, table: Table, survivor_id: UUID, loser_id: UUID) -> None:
        marked = select(exists().where(table.c.organisation_id == survivor_id, table.c[flag]))
        if session.scalar(marked):
            session.execute(
                update(table).where(table.c.organisation_id == loser_id, table.c[flag]).values({flag: False})
            )

    return settle


#: What is done before rows move, by table.
SETTLED: Mapping[str, Settle] = {
    "owners": _keep_survivors,
    "last_contacts": _keep_latest,
    "submissions": _tell_apart,
    "report_drafts": _drop_second_drafts,
    "meeting_organisations": _drop_second_parties,
    "owed_figures": _drop_second_accounts,
    "contacts": _unset("is_liaison"),
    "vettings": _unset("in_force"),
}


def list_pointers() -> list[Column[Any]]:
    """The columns of all tables that hold an organisation's id, but those of rows that are made anew."""
    key = Base.metadata.tables["organisations"].c.id
    return [
        foreign.parent
        for table in Base.metadata.sorted_tables
        for foreign in sorted(table.foreign_keys, key=lambda each: each.parent.name)
        if foreign.column is key and (foreign.ondelete or "").upper() != "CASCADE"
    ]


def list_unique(pointer: Column[Any]) -> Iterator[tuple[list[Column[Any]], Any]]:
    """The rules of uniqueness that `pointer` is part of: their other columns, and the condition of a partial one."""
    for constraint in pointer.table.constraints:
        if isinstance(constraint, UniqueConstraint | PrimaryKeyConstraint) and pointer.name in constraint.columns:
            yield [each for each in constraint.columns if each is not pointer], None
    for index in pointer.table.indexes:
        if index.unique and pointer.name in index.columns:
            where = index.dialect_options["postgresql"].get("where")
            yield [each for each in index.columns if each is not pointer], where


def count_moving(session: Session, loser_id: UUID) -> dict[str, int]:
    """Table -> how many rows will move."""
    counted: dict[str, int] = {}
    for pointer in list_pointers():
        found = select(func.count()).select_from(pointer.table).where(pointer == loser_id)
        counted[pointer.table.name] = counted.get(pointer.table.name, 0) + (session.scalar(found) or 0)
    return {name: count for name, count in counted.items() if count}


def find_refusals(session: Session, survivor_id: UUID, loser_id: UUID) -> list[str]:
    """The tables with rows of which only one could stay, where a person has to choose first."""
    refused = []
    for pointer in list_pointers():
        for others, where in list_unique(pointer):
            if _is_settled(pointer.table.name, others, where):
                continue
            one, other = pointer.table.alias("one"), pointer.table.alias("other")
            same = [one.c[each.name] == other.c[each.name] for each in others]
            conditions = [one.c[pointer.name] == survivor_id, other.c[pointer.name] == loser_id]
            if where is not None:
                conditions += [_restate(where, pointer.table, one), _restate(where, pointer.table, other)]
            both = select(one.c[pointer.name]).select_from(one.join(other, and_(true(), *same))).where(*conditions)
            if session.execute(both.limit(1)).first():
                refused.append(pointer.table.name)
    return sorted(set(refused))


def move_everything(session: Session, survivor_id: UUID, loser_id: UUID) -> None:
    """Let everything that points to the one point to the other; see `find_refusals` before."""
    for pointer in list_pointers():
        if settle := SETTLED.get(pointer.table.name):
            settle(session, pointer.table, survivor_id, loser_id)
        session.execute(update(pointer.table).where(pointer == loser_id).values({pointer.name: survivor_id}))


def _is_settled(table: str, others: list[Column[Any]], where: Any) -> bool:
    """Whether `SETTLED` removes what this rule of uniqueness would object to."""
    names = [each.name for each in others]
    condition = str(where) if where is not None else ""
    return (table, *names) in {
        ("owners",),
        ("last_contacts",),
        ("submissions", "message_id"),
        ("report_drafts", "campaign_id", "kind"),
        ("meeting_organisations", "meeting_id"),
        ("owed_figures", "campaign_id"),
    } or (table, condition) in {("contacts", "is_liaison"), ("vettings", "in_force")}


def _restate(where: Any, table: Table, alias: Any) -> Any:
    """A partial index's condition, said of an alias of its table: it names columns without their table."""

    words = str(where)
    for column in table.columns:
        words = " ".join(f"{alias.name}.{column.name}" if word == column.name else word for word in words.split())
    return text(words)
