"""Keep of a merged organisation where it leads to, and what its record said."""

import sqlalchemy as sa
from alembic import op

from shared.database.types import Document, Instant

revision = "partners_merged"
down_revision = "partners_agreements"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "merged_organisations",
        sa.Column("survivor_id", sa.Uuid(), nullable=False),
        sa.Column("details", Document, nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(
            ["survivor_id"], ["organisations.id"], name=op.f("fk_merged_organisations_survivor_id_organisations")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_merged_organisations")),
    )
    op.create_index(op.f("ix_merged_organisations_survivor_id"), "merged_organisations", ["survivor_id"])


def downgrade() -> None:
    op.drop_table("merged_organisations")
