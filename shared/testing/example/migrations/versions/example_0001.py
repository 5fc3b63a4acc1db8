"""Make the table of entries."""

import sqlalchemy as sa
from alembic import op

from shared.database.types import Document, Figure, Instant

revision = "example_0001"
down_revision = None
branch_labels = ("example",)
depends_on = None


def upgrade() -> None:
    op.create_table(
        "entries",
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("amount", Figure(), nullable=True),
        sa.Column("at", Instant(), nullable=True),
        sa.Column("detail", Document, nullable=True),
        sa.Column("updated_at", Instant(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_entries")),
        sa.UniqueConstraint("name", name=op.f("uq_entries_name")),
    )
    op.create_index(op.f("ix_entries_organisation_id"), "entries", ["organisation_id"], unique=False)


def downgrade() -> None:
    op.drop_table("entries")
