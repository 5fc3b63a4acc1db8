"""Make the table of hand-overs."""

import sqlalchemy as sa
from alembic import op

from shared.database.types import Instant

revision = "partners_handovers"
down_revision = "partners_merged"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "handovers",
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("former_id", sa.Uuid(), nullable=False),
        sa.Column("successor_id", sa.Uuid(), nullable=False),
        sa.Column("since", sa.Date(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("promises", sa.Integer(), nullable=False),
        sa.Column("links", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(["former_id"], ["contacts.id"], name=op.f("fk_handovers_former_id_contacts")),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.id"], name=op.f("fk_handovers_organisation_id_organisations")
        ),
        sa.ForeignKeyConstraint(["successor_id"], ["contacts.id"], name=op.f("fk_handovers_successor_id_contacts")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_handovers")),
    )
    op.create_index(op.f("ix_handovers_organisation_id"), "handovers", ["organisation_id"])


def downgrade() -> None:
    op.drop_table("handovers")
