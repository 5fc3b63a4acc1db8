"""Make the table of promises."""

import sqlalchemy as sa
from alembic import op

from shared.database.types import Instant

revision = "partners_promises"
down_revision = "partners_contacts"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "promises",
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("text", sa.String(length=500), nullable=False),
        sa.Column("folded", sa.String(length=1500), nullable=False),
        sa.Column("owed_by", sa.String(length=4), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=True),
        sa.Column("contact_id", sa.Uuid(), nullable=True),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("source", sa.String(length=20), nullable=True),
        sa.Column("source_id", sa.Uuid(), nullable=True),
        sa.Column("noted_by", sa.Uuid(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("closed_by", sa.Uuid(), nullable=True),
        sa.Column("closed_at", Instant(), nullable=True),
        sa.Column("remark", sa.Text(), nullable=False),
        sa.Column("remind_on", sa.Date(), nullable=True),
        sa.Column("reminders", sa.Integer(), nullable=False),
        sa.Column("updated_at", Instant(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.id"], name=op.f("fk_promises_organisation_id_organisations")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_promises_person_id_people")),
        sa.ForeignKeyConstraint(["contact_id"], ["contacts.id"], name=op.f("fk_promises_contact_id_contacts")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_promises")),
    )
    op.create_index(op.f("ix_promises_state_due_on_id"), "promises", ["state", "due_on", "id"], unique=False)
    op.create_index(
        op.f("ix_promises_organisation_id_state_due_on_id"),
        "promises",
        ["organisation_id", "state", "due_on", "id"],
        unique=False,
    )
    for column in ("person_id", "contact_id", "source_id", "remind_on"):
        op.create_index(op.f(f"ix_promises_{column}"), "promises", [column], unique=False)


def downgrade() -> None:
    op.drop_table("promises")
