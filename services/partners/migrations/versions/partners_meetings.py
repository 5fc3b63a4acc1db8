"""Make the tables of meetings, their dates, attendees, agendas and minutes."""

import sqlalchemy as sa
from alembic import op

from shared.database.types import Document, Instant

revision = "partners_meetings"
down_revision = "partners_imports"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "meetings",
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("place", sa.String(length=200), nullable=False),
        sa.Column("directions", sa.Text(), nullable=False),
        sa.Column("online", sa.String(length=500), nullable=True),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("starts_at", sa.Time(), nullable=False),
        sa.Column("time_zone", sa.String(length=64), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=False),
        sa.Column("repeats", sa.String(length=20), nullable=False),
        sa.Column("every", sa.Integer(), nullable=False),
        sa.Column("until", sa.Date(), nullable=True),
        sa.Column("count", sa.Integer(), nullable=True),
        sa.Column("organiser_id", sa.Uuid(), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("changed_at_sequence", sa.Integer(), nullable=False),
        sa.Column("cancelled_at", Instant(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        *_edited(),
        sa.ForeignKeyConstraint(["organiser_id"], ["people.id"], name=op.f("fk_meetings_organiser_id_people")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_meetings")),
    )
    op.create_index(op.f("ix_meetings_organiser_id"), "meetings", ["organiser_id"], unique=False)
    op.create_table(
        "meeting_organisations",
        sa.Column("meeting_id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["meeting_id"], ["meetings.id"], name=op.f("fk_meeting_organisations_meeting_id_meetings")
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisations.id"],
            name=op.f("fk_meeting_organisations_organisation_id_organisations"),
        ),
        sa.PrimaryKeyConstraint("meeting_id", "organisation_id", name=op.f("pk_meeting_organisations")),
    )
    op.create_index(
        op.f("ix_meeting_organisations_organisation_id"), "meeting_organisations", ["organisation_id"], unique=False
    )
    op.create_table(
        "meeting_dates",
        sa.Column("meeting_id", sa.Uuid(), nullable=False),
        sa.Column("slot", sa.DateTime(), nullable=False),
        sa.Column("local_start", sa.DateTime(), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=False),
        sa.Column("starts_at", Instant(), nullable=False),
        sa.Column("ends_at", Instant(), nullable=False),
        sa.Column("cancelled", sa.Boolean(), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("attended", Document, nullable=True),
        sa.Column("notes", sa.Text(), nullable=False),
        *_edited(),
        sa.ForeignKeyConstraint(["meeting_id"], ["meetings.id"], name=op.f("fk_meeting_dates_meeting_id_meetings")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_meeting_dates")),
    )
    op.create_index(op.f("ix_meeting_dates_meeting_id"), "meeting_dates", ["meeting_id"], unique=False)
    op.create_index(op.f("ix_meeting_dates_starts_at_id"), "meeting_dates", ["starts_at", "id"], unique=False)
    _create_attendees()
    _create_minutes()


def downgrade() -> None:
    for name in (
        "meeting_minutes", "meeting_agenda", "meeting_attendees", "meeting_dates", "meeting_organisations", "meetings",
    ):  # fmt: skip
        op.drop_table(name)


def _identified() -> tuple[sa.Column[object], ...]:
    return (
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
    )


def _edited() -> tuple[sa.Column[object], ...]:
    return (
        sa.Column("updated_at", Instant(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        *_identified(),
    )


def _create_attendees() -> None:
    op.create_table(
        "meeting_attendees",
        sa.Column("meeting_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=True),
        sa.Column("contact_id", sa.Uuid(), nullable=True),
        sa.Column("told_sequence", sa.Integer(), nullable=True),
        sa.Column("told_at", Instant(), nullable=True),
        sa.Column("removed", sa.Boolean(), nullable=False),
        sa.Column("answer", sa.String(length=10), nullable=False),
        sa.Column("answered_at", Instant(), nullable=True),
        sa.Column("remark", sa.Text(), nullable=False),
        sa.Column("proposed_at", Instant(), nullable=True),
        *_identified(),
        sa.ForeignKeyConstraint(["meeting_id"], ["meetings.id"], name=op.f("fk_meeting_attendees_meeting_id_meetings")),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_meeting_attendees_person_id_people")),
        sa.ForeignKeyConstraint(["contact_id"], ["contacts.id"], name=op.f("fk_meeting_attendees_contact_id_contacts")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_meeting_attendees")),
        sa.UniqueConstraint("meeting_id", "person_id", name=op.f("uq_meeting_attendees_meeting_id_person_id")),
        sa.UniqueConstraint("meeting_id", "contact_id", name=op.f("uq_meeting_attendees_meeting_id_contact_id")),
    )
    for column in ("person_id", "contact_id"):
        op.create_index(op.f(f"ix_meeting_attendees_{column}"), "meeting_attendees", [column], unique=False)


def _create_minutes() -> None:
    op.create_table(
        "meeting_agenda",
        sa.Column("date_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=True),
        sa.Column("led_by", sa.Uuid(), nullable=True),
        *_identified(),
        sa.ForeignKeyConstraint(
            ["date_id"], ["meeting_dates.id"], name=op.f("fk_meeting_agenda_date_id_meeting_dates")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_meeting_agenda")),
    )
    op.create_index(op.f("ix_meeting_agenda_date_id"), "meeting_agenda", ["date_id"], unique=False)
    op.create_table(
        "meeting_minutes",
        sa.Column("date_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("attended", Document, nullable=False),
        sa.Column("promised", Document, nullable=False),
        sa.Column("published_by", sa.Uuid(), nullable=False),
        sa.Column("recipients", sa.Integer(), nullable=False),
        *_identified(),
        sa.ForeignKeyConstraint(
            ["date_id"], ["meeting_dates.id"], name=op.f("fk_meeting_minutes_date_id_meeting_dates")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_meeting_minutes")),
        sa.UniqueConstraint("date_id", "number", name=op.f("uq_meeting_minutes_date_id_number")),
    )
