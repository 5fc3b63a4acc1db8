"""Make the tables of interactions."""

import sqlalchemy as sa
from alembic import op

from shared.database.types import Instant

revision = "partners_interactions"
down_revision = "partners_evaluations"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "interactions",
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("summary", sa.Text(), nullable=False),
        sa.Column("updated_at", Instant(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.id"], name=op.f("fk_interactions_organisation_id_organisations")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_interactions")),
    )
    op.create_index(op.f("ix_interactions_organisation_id_at_id"), "interactions", ["organisation_id", "at", "id"])
    op.create_table(
        "interaction_participants",
        sa.Column("interaction_id", sa.Uuid(), nullable=False),
        sa.Column("contact_id", sa.Uuid(), nullable=True),
        sa.Column("person_id", sa.Uuid(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(
            ["contact_id"], ["contacts.id"], name=op.f("fk_interaction_participants_contact_id_contacts")
        ),
        sa.ForeignKeyConstraint(
            ["interaction_id"],
            ["interactions.id"],
            name=op.f("fk_interaction_participants_interaction_id_interactions"),
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["people.id"], name=op.f("fk_interaction_participants_person_id_people")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_interaction_participants")),
        sa.UniqueConstraint(
            "interaction_id", "contact_id", name=op.f("uq_interaction_participants_interaction_id_contact_id")
        ),
        sa.UniqueConstraint(
            "interaction_id", "person_id", name=op.f("uq_interaction_participants_interaction_id_person_id")
        ),
    )
    op.create_index(op.f("ix_interaction_participants_contact_id"), "interaction_participants", ["contact_id"])
    op.create_table(
        "last_contacts",
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.id"], name=op.f("fk_last_contacts_organisation_id_organisations")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_last_contacts")),
        sa.UniqueConstraint("organisation_id", name=op.f("uq_last_contacts_organisation_id")),
    )
    op.create_index(op.f("ix_last_contacts_at"), "last_contacts", ["at"])


def downgrade() -> None:
    for table in ("last_contacts", "interaction_participants", "interactions"):
        op.drop_table(table)
